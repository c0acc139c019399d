const escape = '\u001B'

/** Sequences that carry a string, such as titles, links and the clipboard: to their end, or to the end of the line. */
const strings = `(?:${escape}[\\]PX^_]|[\\u0090\\u0098\\u009D-\\u009F])[^\\u0007${escape}\\u009C]*(?:\\u0007|${escape}\\\\|\\u009C)?`
const controlSequence = `(?:${escape}\\[|\\u009B)([0-?]*)[ -/]*([@-~]?)`
const otherEscape = `${escape}[ -/]*[0-~]?`
/** Every control but the tab, what turns the direction of text, and what is there but cannot be seen. */
const unseen =
  '(?!\\t)\\p{Cc}|[\\u061C\\u200B\\u200E\\u200F\\u202A-\\u202E\\u2060-\\u2069\\uFEFF\\u{E0000}-\\u{E007F}]'
const unsafe = new RegExp(`${strings}|${controlSequence}|${otherEscape}|${unseen}`, 'gu')
const lineSeparators = /[\u2028\u2029]/g
const colour = /^[\d;:]*$/
const reset = `${escape}[0m`

/**
 * A line of a log as it may be shown: build output is written by strangers, and a terminal or a page would obey what is
 * in it. With `colours` the colour sequences (SGR) stay, and end with the line. What a carriage return has overwritten
 * is left out, as on a terminal. Takes linear time and never throws.
 */
export function displayLine(text: string, { colours }: { readonly colours: boolean }): string {
  const last = lastWritten(text)
  let coloured = false
  const safe = last
    .replace(unsafe, (_, parameters?: string, final?: string) => {
      if (!colours || final !== 'm' || !colour.test(parameters ?? '')) return ''
      coloured = true
      return `${escape}[${parameters}m`
    })
    .replace(lineSeparators, ' ')
    .toWellFormed()
  return coloured ? safe + reset : safe
}

/** What stands after the last carriage return that has something after it. */
function lastWritten(text: string): string {
  let end = text.length
  while (text[end - 1] === '\r') end -= 1
  return text.slice(text.lastIndexOf('\r', end - 1) + 1, end)
}
