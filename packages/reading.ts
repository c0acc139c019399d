/** What an item of a list means, in its normal form, or why it is refused. */
export type Reading = { readonly item: string } | { readonly problem: string }

/** Longer ones name nothing that exists. */
const maxLength = 400

/**
 * Why an item is refused in whatever list it stands, in words that fit what was probably meant. `undefined` when it is a
 * matter of the grammar.
 */
export function refuseAnywhere(text: string): string | undefined {
  if (text === '') return 'is empty'
  if (text.length > maxLength) return `is longer than ${maxLength} characters`
  if (/[\r\n\u2028\u2029]/.test(text)) return 'has a line break in it'
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'has a control character in it'
  if (text.includes('\\')) return 'has a backslash in it'
  if (/[^\u0020-\u007e]/.test(text)) return 'has a character in it that is not ASCII'
  if (text.startsWith('-')) return 'is an option, and none is taken'
  if (/:\/\/|^[a-z+]+\+[a-z]+:|@/i.test(text))
    return 'is an address, and packages are taken by name only'
  if (/^[./~]|\/|^[A-Za-z]:/.test(text)) return 'is a path, and packages are taken by name only'
  return undefined
}
