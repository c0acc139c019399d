import { describe, expect, it } from 'vitest'
import { expand } from './expand.ts'

const values = new Map([
  ['A', 'one'],
  ['EMPTY', ''],
  ['PATH', 'a/b/a/c'],
  ['VERSION', '1.2.3'],
])

describe('expand', () => {
  it.each([
    ['$A-${A}', 'one-one'],
    ['$Ax${A}x', 'onex'],
    ['$', '$'],
    ['$1${2}', ''],
    ['${A:-x}${EMPTY:-x}${EMPTY-x}${NONE-x}', 'onexx'],
    ['${A:+x}${EMPTY:+x}${EMPTY+y}${NONE+x}', 'xy'],
    ['${NONE:-${NONE:-${A}}}', 'one'],
    ['${A:?no}', 'one'],
    ['${PATH#*/}', 'b/a/c'],
    ['${PATH##*/}', 'c'],
    ['${PATH%/*}', 'a/b/a'],
    ['${PATH%%/*}', 'a'],
    ['${PATH#b}', 'a/b/a/c'],
    ['${PATH#?}', '/b/a/c'],
    ['${PATH%a*c}', 'a/b/'],
    ['${PATH%%a*c}', ''],
    ['${VERSION/./-}', '1-2.3'],
    ['${VERSION//./-}', '1-2-3'],
    ['${PATH/a*a/x}', 'x/c'],
    ['${PATH//\\//+}', 'a+b+a+c'],
    ['${PATH#a\\*}', 'a/b/a/c'],
    ['"$A"\'$A\'', 'one$A'],
    ['"a\\"b\\c"', 'a"b\\c'],
    ['\\$A\\x', '$Ax'],
  ])('makes of %s %j', (text, expected) => expect(expand(text, values)).toBe(expected))

  it.each([
    '${A',
    '${}',
    '${:-x}',
    '${A:#x}',
    '${A~x}',
    '${NONE?needed}',
    '${EMPTY:?needed}',
    '${A#\\x}',
    '${A/x}',
    '"x',
    "'x",
  ])('leaves %s to the frontend', (text) => expect(expand(text, values)).toBeUndefined())

  it('takes the escape that a directive has chosen', () => {
    expect(expand('`$A\\$A', values, '`')).toBe('$A\\one')
  })

  it('leaves what has grown beyond any reference to the frontend', () => {
    const long = new Map([['A', 'a'.repeat(1000)]])
    expect(expand('$A$A', long)).toBeUndefined()
    expect(expand('"$A$A"', long)).toBeUndefined()
    expect(expand('$A', long)).toHaveLength(1000)
  })

  it('ends soon whatever is to be matched', () => {
    const long = new Map([['A', 'a'.repeat(1024)]])
    const stars = '*a'.repeat(200)
    for (const text of [`$\{A//${stars}b/x}`, `$\{A%%${stars}b}`, '${A:-'.repeat(200)]) {
      expect(expand(text, long) ?? '').toHaveLength(text.startsWith('${A:-') ? 0 : 1024)
    }
  })
})
