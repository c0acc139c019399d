import type { Command } from 'commander'
import { trustAuthority } from '../../registry/trust-authority.ts'
import { CommandError } from '../command-error.ts'
import { commandOf, gather } from '../command-of.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { createSay, type Say } from '../language.ts'
import { table } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { stopAtInterrupt } from '../stop-at-interrupt.ts'
import { help } from '../texts/help.ts'
import { verifyTexts } from '../texts/verify.ts'
import { type Check, isTrusted } from '../verify/check.ts'
import { findKeys, type KeyOptions } from '../verify/find-keys.ts'
import { findPlace } from '../verify/place.ts'
import { verifyImage } from '../verify/verify-image.ts'

interface VerifyOptions extends KeyOptions {
  readonly layers?: boolean
  readonly plainHttp?: boolean
}

export function addVerify(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(program, 'verify', help.verify, deps.language)
    .argument('<image>', say(help.verifyImage))
    .option('--key <file>', say(help.key), gather)
    .option('--server-keys', say(help.serverKeys))
    .option('--layers', say(help.layers))
    .option('--plain-http', say(help.plainHttp))
    .action(run(verify))
}

async function verify(session: Session, text: string, options: VerifyOptions): Promise<ExitCode> {
  const { deps, say, answer, tell, json } = session
  trustAuthority(deps.config.registry.authority)
  const keys = await findKeys(session, options)
  const place = await findPlace(session, text, { plainHttp: options.plainHttp === true })
  using stop = stopAtInterrupt(session)
  const terms = { keys, whole: options.layers === true, signal: stop.signal }
  const verified = await verifyImage(place, terms)
  if (verified === undefined) {
    const { host, repository, reference } = place
    const what = { host, reference: `${repository} ${reference}` }
    throw new CommandError(say(verifyTexts.notFound, what), exitCodes.usage)
  }
  const { digest, checks } = verified
  const trusted = isTrusted(checks)
  const reference = `${place.host}/${place.repository}@${digest ?? '?'}`
  answer({ reference, digest: digest ?? null, trusted, checks: checks.map(toDocument) }, () =>
    showChecks(checks, say),
  )
  if (!json) tell(say(trusted ? verifyTexts.trusted : verifyTexts.untrusted, { reference }))
  return trusted ? exitCodes.ok : exitCodes.untrusted
}

function toDocument({ what, state, detail, saidBy }: Check) {
  return { what, state, detail, said_by: saidBy }
}

/** Each with what was found and, where it was not computed here, on whose word. Pure. */
function showChecks(checks: readonly Check[], say: Say): readonly string[] {
  const rows = checks.map(({ what, state, detail, saidBy }) => [
    say(verifyTexts[state]),
    what,
    saidBy === null ? detail : `${detail} (${say(verifyTexts.saidBy, { who: saidBy })})`,
  ])
  return table(['', '', ''], rows).slice(1)
}
