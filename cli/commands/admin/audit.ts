import type { Command } from 'commander'
import type { AuditFilter } from '../../../client/audit.ts'
import { send } from '../../../client/request.ts'
import { commandOf, type PageOptions, withPaging } from '../../command-of.ts'
import { type ExitCode, exitCodes } from '../../exit-code.ts'
import { createSay } from '../../language.ts'
import { printPages } from '../../output/print-pages.ts'
import type { Runner } from '../../runner.ts'
import type { Session } from '../../session.ts'
import { stopAtInterrupt } from '../../stop-at-interrupt.ts'
import { adminTexts } from '../../texts/admin.ts'

type Filter = Omit<AuditFilter, 'project'>

export function addAudit(admin: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  const audit = commandOf(admin, 'audit', adminTexts.audit, language)
  const withFilter = (command: Command) =>
    command
      .option('--actor <actor>', say(adminTexts.auditActor))
      .option('--action <action>', say(adminTexts.auditAction))
      .option('--object <object>', say(adminTexts.auditObject))
      .option('--since <time>', say(adminTexts.auditSince))
      .option('--until <time>', say(adminTexts.auditUntil))
  const list = commandOf(audit, 'ls', adminTexts.auditList, language, { isDefault: true })
  withPaging(withFilter(list), language).action(run(listAudit))
  withFilter(commandOf(audit, 'export', adminTexts.auditExport, language)).action(run(exportAudit))
  commandOf(audit, 'check', adminTexts.auditCheck, language).action(run(checkAudit))
}

async function listAudit(session: Session, options: Filter & PageOptions) {
  await printPages(session, options, {
    read: async (page) => session.client.audit.list({ ...filterOf(session, options), ...page }),
    key: 'entries',
    rowsOf: (page) => page.entries,
    heading: ['TIME', 'ACTOR', 'ACTION', 'OBJECT', 'PROJECT'],
    show: ({ at, actor, action, object, project }) => [at, actor, action, object, project ?? ''],
  })
}

function filterOf({ project }: Session, options: Filter): AuditFilter {
  const { actor, action, object, since, until } = options
  return { project, actor, action, object, since, until }
}

/** Lines of JSON either way: they are for programs. */
async function exportAudit(session: Session, options: Filter) {
  using stop = stopAtInterrupt(session)
  const { client, deps } = session
  const ask = { path: client.audit.exportPath(filterOf(session, options)), signal: stop.signal }
  const { body } = await send(client.connection, ask)
  for await (const bytes of body ?? []) deps.streams.out.write(bytes)
}

async function checkAudit({ client, answer, say }: Session): Promise<ExitCode> {
  const found = await client.audit.check()
  answer(found, () => [
    found.ok
      ? say(adminTexts.auditWhole, { rows: found.rows, hash: found.hash })
      : say(adminTexts.auditBroken, { position: found.position, problem: found.problem }),
  ])
  return found.ok ? exitCodes.ok : exitCodes.untrusted
}
