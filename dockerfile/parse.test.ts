import { expect, it } from 'vitest'
import { parseDockerfile, readable } from './parse.ts'

it.each([
  ['# syntax=a/b\n# escape=`\nFROM a', '# syntax=a/b\n# escape=`\nFROM a'],
  ['# wish=granted\n# escape=`\nFROM a', '# wish granted\n# escape `\nFROM a'],
  ['# check=skip=all\n#wish = x=y\n# escape=`', '# check=skip=all\n#wish   x y\n# escape `'],
  ['# a comment\n# escape=`\nFROM a', '# a comment\n# escape `\nFROM a'],
  ['# a#b=c\n# escape=`\nFROM a', '# a#b c\n# escape `\nFROM a'],
  ['\\\nFROM a\\\n \\\n', ' \nFROM a\\\n  \n'],
  ['# escape=`\n`\nFROM \\\n', '# escape=`\n \nFROM \\\n'],
  ['FROM a\n# escape=`\n', 'FROM a\n# escape=`\n'],
  ['', ''],
])('%j is read as %j', (text, shown) => expect(readable(text)).toBe(shown))

it('keeps a continuation that an unknown directive would have hidden', () => {
  const text = '# wish=granted\n# escape=`\nFROM a\nRUN one \\\n two\n'
  expect(parseDockerfile(text).getInstructions()).toHaveLength(2)
})
