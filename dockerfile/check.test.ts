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
    ['an escape after a directive that is none', '# a=b\n# escape=`\nFROM a\nRUN x \\\n y\n'],
  ])('accepts %s', (_, text) => {
    expect(checkDockerfile(text)).toEqual([])
  })
})
