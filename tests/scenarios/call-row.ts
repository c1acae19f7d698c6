// A line of Asterisk's `Master.csv` for a call of a minute and a half that ends now.

type Call = { readonly source: string; readonly destination: string /** IANA zone of the exchange's clock. */; readonly zone: string };

export function callRow({ source, destination, zone }: Call): string {
  const end = Temporal.Now.zonedDateTimeISO(zone);
  const at = (secondsAgo: number) => {
    const then = end.subtract({ seconds: secondsAgo });
    return `${then.toPlainDate()} ${then.toPlainTime().toString({ smallestUnit: "second" })}`;
  };
  const unique = `${Math.floor(end.epochMilliseconds / 1000) - 90}.${end.epochMilliseconds % 100_000}`;
  const fields = ["", source, destination, "from-internal", `"${source}" <${source}>`, `SIP/${source}-1`, "SIP/carrier-1", "Dial"];
  const quoted = [...fields, `SIP/carrier/${destination}`, at(90), at(85), at(0)].map((field) => `"${field.replaceAll('"', '""')}"`);
  return `${quoted.join(",")},90,85,"ANSWERED","DOCUMENTATION","${unique}",""\n`;
}
