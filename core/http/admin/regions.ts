// The choices that setting up offers: currencies, time zones and locales as the runtime knows them, those most likely wanted first.

type Option = { readonly value: string; readonly label: string };

const nameOf = new Intl.DisplayNames("en", { type: "currency" });
const languageOf = new Intl.DisplayNames("en", { type: "language" });

const nearCurrencies = ["UAH", "EUR", "USD", "GBP", "PLN", "CZK", "RON", "MDL", "GEL", "KZT"];
const currencyCodes = [...nearCurrencies, ...Intl.supportedValuesOf("currency").filter((code) => !nearCurrencies.includes(code))];

export const currencyOptions: readonly Option[] = currencyCodes
  .map((code) => ({ value: code, name: nameOf.of(code) ?? code }))
  // A code without a name is one that nobody uses any more.
  .filter(({ value, name }) => name !== value)
  .map(({ value, name }) => ({ value, label: `${value} · ${name}` }));

const localeTags = [
  "uk-UA",
  "en-GB",
  "en-US",
  "bg-BG",
  "cs-CZ",
  "da-DK",
  "de-AT",
  "de-CH",
  "de-DE",
  "el-GR",
  "en-CA",
  "en-IE",
  "es-ES",
  "es-MX",
  "et-EE",
  "fi-FI",
  "fr-BE",
  "fr-CH",
  "fr-FR",
  "hr-HR",
  "hu-HU",
  "it-IT",
  "ja-JP",
  "ka-GE",
  "kk-KZ",
  "lt-LT",
  "lv-LV",
  "nb-NO",
  "nl-BE",
  "nl-NL",
  "pl-PL",
  "pt-BR",
  "pt-PT",
  "ro-MD",
  "ro-RO",
  "sk-SK",
  "sl-SI",
  "sv-SE",
  "tr-TR",
];

/** Each with a number as it writes one, which is what the choice decides. */
export const localeOptions: readonly Option[] = localeTags.map((tag) => ({
  value: tag,
  label: `${languageOf.of(tag) ?? tag} · ${new Intl.NumberFormat(tag, { minimumFractionDigits: 2 }).format(12345.6)}`,
}));

/** Zones with their present distance from UTC; link names ("US/Eastern") are left out. */
export function zoneOptions(now: Temporal.Instant): Option[] {
  const zones = [
    "Europe/Kyiv",
    ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "Europe/Kyiv" && zone !== "Europe/Kiev"),
    "UTC",
  ];
  return [...new Set(zones)].map((zone) => ({
    value: zone,
    label: `${zone.replaceAll("_", " ")} · UTC${now.toZonedDateTimeISO(zone).offset.replace("+00:00", "")}`,
  }));
}

// Ukrainian as passports write it in Latin (resolution 55 of 2010), with the Russian letters that names also have.
const latin: Readonly<Record<string, string>> = Object.fromEntries(
  "а a|б b|в v|г h|ґ g|д d|е e|є ie|ж zh|з z|и y|і i|ї i|й i|к k|л l|м m|н n|о o|п p|р r|с s|т t|у u|ф f|х kh|ц ts|ч ch|ш sh|щ shch|ь |ю iu|я ia|ы y|э e|ё e|ъ |’ "
    .split("|")
    .map((pair) => pair.split(" ") as [string, string]),
);

/** "Дніпро Нет" → "dnipro-net": what a code of letters, digits and hyphens may be. */
export function suggestedCode(name: string): string {
  const letters = [...name.toLowerCase()].map((letter) => latin[letter] ?? letter).join("");
  const plain = letters.normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  const code = plain
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 32)
    .replace(/-+$/, "");
  return code.length >= 2 ? code : "operator";
}
