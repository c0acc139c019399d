/** The values of a header of the daemon; where one is not ASCII it sends them all like the values of a URL's query. */
export function readHeader(
  metadata: ReadonlyMap<string, readonly string[]>,
  name: string,
): readonly string[] {
  const values = metadata.get(name) ?? []
  const isEncoded = /^(1|t|true)$/i.test(metadata.get(`${name}-encoded`)?.[0] ?? '')
  return isEncoded ? values.map((value) => decodeURIComponent(value.replaceAll('+', ' '))) : values
}
