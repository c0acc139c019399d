/** In which ways a value may stand somewhere: as it is, and as programs write it. */
export function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  const coded = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    // The first and the last characters hold bits of what stands around it.
    return text.slice(4, -4)
  })
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    ...coded,
    ...coded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}
