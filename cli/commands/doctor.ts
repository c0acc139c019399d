import { styleText } from 'node:util'
import type { Command } from 'commander'
import { commandOf } from '../command-of.ts'
import { examineFarm } from '../doctor/examine-farm.ts'
import type { Finding } from '../doctor/finding.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'

export function addDoctor(program: Command, { deps, run }: Runner): void {
  commandOf(program, 'doctor', help.doctor, deps.language).action(run(examine))
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const

/** Tells each finding as it comes, and all of them as one document at the end. */
async function examine(session: Session): Promise<ExitCode> {
  const { answer, answerEach, json, deps } = session
  const isColoured = deps.config.colours && deps.streams.out.isTTY === true
  const findings: Finding[] = []
  for await (const found of examineFarm(session)) {
    findings.push(found)
    if (!json) answerEach(found, () => showFinding(found, isColoured))
  }
  if (json) answer({ findings }, () => [])
  return findings.some(({ state }) => state === 'fail') ? exitCodes.farm : exitCodes.ok
}

function showFinding(
  { what, state, detail, advice }: Finding,
  isColoured: boolean,
): readonly string[] {
  const mark = state.padEnd(5)
  const shown = isColoured ? styleText(colours[state], mark, { validateStream: false }) : mark
  return [`${shown} ${what}: ${detail}`, ...(advice === '' ? [] : [`      ${advice}`])]
}
