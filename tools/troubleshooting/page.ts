import { environmentReasons } from '#contract/environment-reason.ts'
import { failures, isFailureCode } from '#contract/failure.ts'
import { failuresInChinese } from '#contract/failure-zh.ts'
import { type PageTexts, type PageLanguage, pageTexts } from './texts.ts'

type Actor = (typeof failures)[keyof typeof failures]['actor']
const actors = ['user', 'registry', 'farm'] as const satisfies readonly Actor[]

/** The page of all failures of builds and environments, from the tables that the farm itself answers from. Pure. */
export function troubleshootingPage(language: PageLanguage): string {
  const texts = pageTexts[language]
  return [
    `# ${texts.title}`,
    '',
    texts.generated,
    '',
    ...texts.first,
    '',
    `## ${texts.builds}`,
    '',
    ...actors.flatMap((actor) => buildTable(actor, language, texts)),
    `## ${texts.environments}`,
    '',
    ...environmentTable(language, texts),
    '',
  ].join('\n')
}

function buildTable(actor: Actor, language: PageLanguage, texts: PageTexts): readonly string[] {
  const rows = Object.keys(failures)
    .filter(isFailureCode)
    .flatMap((code) => {
      const { actor: whose, retry, message, advice } = failures[code]
      if (whose !== actor) return []
      const said = language === 'zh' ? failuresInChinese[code] : { message, advice }
      return [[`\`${code}\``, said.message, retry ? texts.yes : '', said.advice]]
    })
  return [`### ${texts.actors[actor]}`, '', ...table(texts.buildHeading, rows), '']
}

function environmentTable(language: PageLanguage, texts: PageTexts): readonly string[] {
  const rows = Object.entries(environmentReasons).map(([code, reason]) => [
    `\`${code}\``,
    texts.who[reason.actor],
    reason[language],
  ])
  return table(texts.environmentHeading, rows)
}

const line = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

function table(heading: readonly string[], rows: readonly (readonly string[])[]) {
  return [line(heading), `|${'---|'.repeat(heading.length)}`, ...rows.map(line)]
}
