/** What a resolver says that knows these names: one question, and for A records one answer (RFC 1035, section 4). */
export function answerQuery(query: Buffer, names: Readonly<Record<string, string>>): Buffer {
  let end = 12
  const labels: string[] = []
  for (let size = query[end] ?? 0; size > 0; size = query[end] ?? 0) {
    labels.push(query.toString('latin1', end + 1, end + 1 + size))
    end += size + 1
  }
  const question = query.subarray(12, end + 5)
  const address = names[labels.join('.').toLowerCase()]
  const isA = question.readUInt16BE(question.length - 4) === 1
  const known = address === undefined ? 3 : 0
  const count = isA && address !== undefined ? 1 : 0
  const header = Buffer.from([
    query[0] ?? 0,
    query[1] ?? 0,
    0x81,
    0x80 | known,
    0,
    1,
    0,
    count,
    0,
    0,
    0,
    0,
  ])
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...(address ?? '').split('.').map(Number)]
  return Buffer.concat([header, question, count === 1 ? Buffer.from(record) : Buffer.alloc(0)])
}
