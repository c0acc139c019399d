/** Puts parameters into a text; one that is not given stays visible as `{name}`. */
export function fillText(text: string, params: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
}
