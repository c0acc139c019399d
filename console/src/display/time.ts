/** A time whole, in the reader's own zone, which is named: `Nov 29, 2026, 5:26:11 PM GMT+8`. Pure. */
export function showTime(at: string | number, language: string): string {
  return new Date(at).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'long' })
}
