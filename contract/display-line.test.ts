import { describe, expect, it } from 'vitest'
import { displayLine } from './display-line.ts'

const plain = (text: string) => displayLine(text, { colours: false })
const coloured = (text: string) => displayLine(text, { colours: true })

describe('displayLine', () => {
  it.each([
    ['a title', '\u001B]0;pwned\u0007after', 'after'],
    ['a link', '\u001B]8;;https://example.org\u001B\\text\u001B]8;;\u001B\\', 'text'],
    ['the clipboard', 'a\u001B]52;c;cm0gLXJm\u0007b', 'ab'],
    ['a string without an end', 'a\u001B]0;never ends', 'a'],
    ['a string that another sequence cuts off', 'a\u001B]0;x\u001B[2Jb', 'ab'],
    ['a device control string', 'a\u001BP1;2|x\u001B\\b', 'ab'],
    ['cursor movement and clearing', '\u001B[2J\u001B[1;1Hroot#\u001B[K', 'root#'],
    ['private modes', '\u001B[?1049h\u001B[?25lx', 'x'],
    ['sequences of C1', '\u009B31mred\u009D0;title\u009C!', 'red!'],
    ['two-character escapes', '\u001Bcx\u001B(0y\u001B', 'xy'],
    ['NUL, BEL, backspace and DEL', 'a\0b\u0007c\u0008d\u007Fe', 'abcde'],
    ['turned text', 'a\u202Etxt.exe\u2066b\u200F', 'atxt.exeb'],
    ['what cannot be seen', 'a\u200Bb\uFEFFc\u{E0041}d', 'abcd'],
    ['line separators', 'a\u2028b\u2029c', 'a b c'],
    ['half a character', 'a\uD800b', 'a\uFFFDb'],
  ])('takes out %s', (_, text, expected) => {
    expect(plain(text)).toBe(expected)
    expect(coloured(text)).toBe(text.includes('31m') ? `\u001B[31m${expected}\u001B[0m` : expected)
  })

  it('keeps tabs, other scripts and joined characters', () => {
    expect(plain('\t构建 👩‍💻 é')).toBe('\t构建 👩‍💻 é')
  })

  it('shows the last of what a progress bar has written', () => {
    expect(plain('10%\r50%\r100%\r')).toBe('100%')
    expect(plain('whole\r\r')).toBe('whole')
  })

  it('keeps colours when they are wanted, and ends them with the line', () => {
    expect(coloured('\u001B[1;31mred')).toBe('\u001B[1;31mred\u001B[0m')
    expect(coloured('\u001B[38:2::1:2:3mx')).toBe('\u001B[38:2::1:2:3mx\u001B[0m')
    expect(coloured('\u001B[>4mx\u001B[2Ay')).toBe('xy')
    expect(plain('\u001B[1;31mred\u001B[0m')).toBe('red')
  })

  it('takes long hostile lines without getting slow', () => {
    for (const part of ['\u001B]', '\u001B[', '\u001B[1;', '\r', '\u001B', '\u009D']) {
      expect(plain(`${part.repeat(300_000)}end`).length).toBeLessThan(300_000 * 2)
    }
  })
})
