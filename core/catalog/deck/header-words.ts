// What headings of price lists say, in English, Ukrainian, Russian and German. The first that matches decides, so the more particular stand first.
import type { Field } from "./reading.ts";

const words: readonly (readonly [Field, RegExp])[] = [
  [
    "action",
    /^(action|change|changes|status|rate status|type of change|дія|зміна|зміни|статус|действие|изменение|изменения|aktion|änderung|status)$/,
  ],
  ["from", /effective|valid from|start date|begin date|^date$|^from$|дата|діє з|чинн|действ|начал|gültig|datum|ab wann|wirksam/],
  ["band", /time band|time class|time period|peak|^band$|період|часов|час доби|период|время суток|zeitband|tarifzeit|zeitzone/],
  ["connectFee", /connect|set.?up|call fee|flag ?fall|з.?єднання|соединен|verbindung|einmalig/],
  ["minimumCharge", /min.{0,8}(charge|fee|amount)|мін.{0,12}(плат|варт|сум)|мин.{0,12}(плат|стоим|сум)|mindest(betrag|entgelt|preis)/],
  ["minimumSec", /^min(imum)?\b|min.{0,8}(time|dur|sec|len)|мін.{0,12}(час|трив|сек)|мин.{0,12}(врем|длит|сек)|мінімум|минимум|mindest/],
  ["first", /(first|initial|1st).{0,12}(inc|int|per|sec|block|pulse)?|початк.{0,8}інтер|перш|перв|нач.{0,10}интер|erst/],
  ["next", /(next|subsequent|sub|recurring|2nd|second).{0,3}(inc|int|per|sec|block|pulse)|наступн|послед|folge|weiter/],
  ["increment", /increment|interval|billing|rounding|pulse|step|тарифікац|крок|інтервал|такт|шаг|округл|тарификац|takt/],
  ["countryCode", /country ?code|^cc$|код (країни|страны)|ländervorwahl|landesvorwahl|ländercode|landeskennzahl/],
  [
    "areaCodes",
    /area|city code|local code|^ndc$|network code|коди? (міст|мереж|регіон|зон|напрям)|коды? (город|сет|регион|зон|направлен)|ortsvorwahl|ortsnetz|ortskennzahl/,
  ],
  [
    "prefix",
    /prefix|dial|breakout|^codes?$|destination code|code.{0,4}$|префікс|префикс|^коди?$|^коды?$|^номер$|vorwahl|präfix|kennzahl|rufnummer/,
  ],
  ["price", /price|rate|tariff|cost|per min|ціна|тариф|варт|цена|стоим|preis|tarif|kosten|entgelt|minut/],
  [
    "destination",
    /destination|country|name|region|operator|description|напрям|країн|назва|направлен|стран|назван|zielland|ziel|land|bezeichnung|richtung|gebiet/,
  ],
];

/** The field that a heading names. */
export function fieldOfHeading(heading: string): Field | undefined {
  const text = heading
    .toLowerCase()
    .normalize("NFC")
    .replaceAll(/[_.:;()]+/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return text === "" || text.length > 80 ? undefined : words.find(([, pattern]) => pattern.test(text))?.[0];
}
