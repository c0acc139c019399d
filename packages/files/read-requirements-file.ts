import type { ItemProblem, ListedItem, ReadFile } from '../listed-item.ts'

const field = 'packages.requirements'

/** A requirements.txt: a requirement a line. Options are refused like any item that is one. Pure. */
export function readRequirementsFile(text: string): ReadFile {
  const items: ListedItem[] = []
  const problems: ItemProblem[] = []
  for (const [index, whole] of text.split(/\r\n|\n/).entries()) {
    const place = { field, line: index + 1 }
    const line = whole
      .replace(/(^|[ \t])#.*$/, '')
      .replaceAll('\t', ' ')
      .trim()
    if (/(^|\s)--hash[=\s]/.test(line) || line.endsWith('\\')) {
      const message = 'has hashes or goes on in the next line, which is not taken'
      problems.push({ ...place, message })
    } else if (line !== '') items.push({ ...place, list: 'pip', text: line })
  }
  return { items, problems }
}
