const variable = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?([-+])([^}]*))?\})/g

/** Replaces `$A`, `${A}`, `${A:-default}` and `${A:+alternative}` as the frontend does in FROM; unset is empty. */
export function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(variable, (_, plain?: string, name?: string, mode?: string, word = '') => {
    const value = values[plain ?? name ?? ''] ?? ''
    if (mode === '-') return value === '' ? word : value
    if (mode === '+') return value === '' ? '' : word
    return value
  })
}
