import { describe, expect, it } from 'vitest'
import { checkDockerfile } from './check.ts'

describe('checkDockerfile', () => {
  it.each([
    ['an unknown instruction', 'FROM a\nFOO bar\n', 2],
    ['COPY with one argument', 'FROM a\n\nCOPY x\n', 3],
    ['ENV without a value', 'FROM a\nENV x\n', 2],
    ['FROM without an image', 'FROM\n', 1],
    ['nothing at all', '', 1],
    ['only a comment', '# later\n', 1],
    ['a directive that is given twice', '# escape=`\n# escape=`\nFROM a\n', 2],
    ['something before FROM', 'ARG A\nENV B=$A\nFROM a\n', 2],
    ['a stage name that is none', `FROM a\nFROM b AS ${'a'.repeat(60)}!\n`, 2],
    ['a heredoc that does not end', 'FROM a\nRUN <<EOF\ntrue\nEOF2\n', 2],
    ['a line that is too long', `FROM a\n\nRUN ${'x'.repeat(65_536)}\n`, 3],
    ['an instruction over several lines by its first', 'FROM a\nHEALTHCHECK \\\n  NOPE x\n', 2],
  ])('names the line of %s', (_, text, line) => {
    expect(checkDockerfile(text)[0]).toMatchObject({ line })
  })

  it.each([
    ['heredocs', 'FROM a\nRUN <<EOF\nFOO bar\nEOF\nCOPY <<A <<B /x/\none\nA\ntwo\nB\n'],
    [
      'new flags',
      'FROM a\nADD --unpack=true --checksum=sha256:aa https://h/f /f\nCOPY --link --parents --exclude=*.md a b\n',
    ],
    [
      'device and mounts',
      'FROM a\nRUN --device=nvidia.com/gpu=0,required --mount=type=cache,target=/c true\n',
    ],
    ['lower case', 'from a\nrun true\n'],
    ['ports from variables', 'FROM a\nARG P\nEXPOSE $P\n'],
    ['a stage name that is used again', 'FROM a AS x\nFROM b AS x\n'],
    ['several sources for what becomes a folder', 'FROM a\nCOPY x y /z\n'],
    ['whatever a trigger will say', 'FROM a\nONBUILD RUNN x\nONBUILD USER\n'],
    ['an entry point that is taken away', 'FROM a\nENTRYPOINT\n'],
    ['signals without SIG, and from variables', 'FROM a\nSTOPSIGNAL TERM\nSTOPSIGNAL $S\n'],
    ['quotes in quotes', `FROM a\nENV A="'x' y" B='"z'\n`],
    ['every modifier of a variable', 'FROM a\nENV A=${B%%x*} C=${B/a/b} D=${B:-x:}\n'],
    ['the defaults of a health check', 'FROM a\nHEALTHCHECK --interval=0s --retries=0 CMD x\n'],
    ['an instruction that begins on the line before', '\\\nFROM a\n'],
    ['a heredoc whose end a continuation seems to hide', 'FROM a\nRUN <<E\nx \\\nE\n'],
    ['an escape after a directive that is none', '# a=b\n# escape=`\nFROM a\nRUN x \\\n y\n'],
  ])('accepts %s', (_, text) => {
    expect(checkDockerfile(text)).toEqual([])
  })

  it('tells no more than anyone reads', () => {
    expect(checkDockerfile(`FROM a\n${'FOO\n'.repeat(1000)}`)).toHaveLength(50)
  })
})
