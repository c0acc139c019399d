/** The languages in which the command line speaks. */
export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

/** One text in each language. `{name}` stands for what is filled in. */
export type Text = Readonly<Record<Language, string>>

export type Say = (text: Text, values?: Readonly<Record<string, string | number>>) => string

export function createSay(language: Language): Say {
  return (text, values = {}) =>
    text[language].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** As a locale of the C library names it: `zh_CN.UTF-8` is Chinese, everything that is not known English. Pure. */
export function chooseLanguage(asked: string | undefined, locale: string): Language {
  return /^zh\b|^zh_/i.test(asked ?? locale) ? 'zh' : 'en'
}
