import type { Command } from 'commander'
import type { ShownNode } from '#contract/answers.ts'
import { commandOf, type PageOptions, positive, withPaging } from '../command-of.ts'
import { findNode } from '../find-by-name.ts'
import { createSay, type Say, type Text } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import { pairs } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { nodeTexts } from '../texts/nodes.ts'

export function addNodes(program: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  const node = commandOf(program, 'node', help.node, language).alias('nodes')
  withPaging(commandOf(node, 'ls', help.nodeList, language, { isDefault: true }), language).action(
    run(listNodes),
  )
  const one = (name: string, about: Text) =>
    commandOf(node, name, about, language).argument('<node>', say(help.nodeName))
  one('show', help.nodeShow).action(
    run(async (session, name: string) => {
      const { id } = await findNode(session, name)
      tellNode(session, await session.client.nodes.read(id, language))
    }),
  )
  commandOf(node, 'token', help.nodeToken, language)
    .option('--minutes <n>', say(help.minutes), positive)
    .action(run(makeToken))
  for (const how of ['drain', 'cordon'] as const) {
    one(how, how === 'drain' ? help.nodeDrain : help.nodeCordon)
      .option('--reason <text>', say(help.drainReason))
      .action(
        run(async (session, name: string, { reason }: { readonly reason?: string }) => {
          const { id } = await findNode(session, name)
          tellNode(session, await session.client.nodes[how](id, reason))
        }),
      )
  }
  for (const how of ['resume', 'uncordon'] as const) {
    one(how, how === 'resume' ? help.nodeResume : help.nodeUncordon).action(
      run(async (session, name: string) => {
        const { id } = await findNode(session, name)
        tellNode(session, await session.client.nodes[how](id))
      }),
    )
  }
  one('remove', help.nodeRemove)
    .option('--force', say(help.nodeForce))
    .action(
      run(async (session, name: string, { force = false }: { readonly force?: boolean }) => {
        const { client, answer, say: sayIn } = session
        const { id } = await findNode(session, name)
        await client.nodes.remove(id, force)
        answer({ id, removed: true }, () => [sayIn(nodeTexts.removed, { name })])
      }),
    )
  one('revoke', help.nodeRevoke).action(
    run(async (session, name: string) => {
      const { client, answer, say: sayIn } = session
      const { id } = await findNode(session, name)
      await client.nodes.revoke(id)
      answer({ id, revoked: true }, () => [sayIn(nodeTexts.revoked, { name })])
    }),
  )
  withPaging(one('images', help.nodeImages), language).action(run(listImages))
  withPaging(
    one('upgrade', help.nodeUpgrade).argument('<driver>', say(help.driver)),
    language,
  ).action(run(showUpgrade))
}

async function listNodes(session: Session, options: PageOptions) {
  const { client, language, say } = session
  await printPages(session, options, {
    read: async (page) => client.nodes.list({ lang: language, ...page }),
    key: 'nodes',
    rowsOf: (page) => page.nodes,
    heading: ['NODE', 'ID', 'STATUS', 'HEARD', 'BUILDS', 'GPUS', ''],
    show: (node) => [
      node.name,
      node.id,
      node.status,
      node.heard_at ?? '',
      `${node.running}/${node.slots}`,
      summariseGpus(node),
      notesOf(node, say).join('; '),
    ],
  })
}

function summariseGpus({ inventory }: ShownNode): string {
  const counts = new Map<string, number>()
  for (const { name } of inventory.gpus) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
}

/** What keeps a node from work. */
function notesOf(node: ShownNode, say: Say): readonly string[] {
  const { drain, cordon, disk_low: disk, inventory, shut_out: shutOut } = node
  const faulty = inventory.faulty_gpus?.length ?? 0
  return [
    ...(inventory.simulated === true ? [say(nodeTexts.simulated)] : []),
    ...(cordon ? [say(nodeTexts.cordoned, { reason: cordon.reason ?? '' })] : []),
    ...(shutOut ? [say(nodeTexts.shutOut, { reason: shutOut.reason ?? '' })] : []),
    ...(drain
      ? [say(drain.done ? nodeTexts.drained : nodeTexts.draining, { reason: drain.reason ?? '' })]
      : []),
    ...(disk ? [say(nodeTexts.diskLow, { reason: disk })] : []),
    ...(faulty > 0 ? [say(nodeTexts.faulty, { count: faulty })] : []),
  ]
}

function tellNode({ answer, say }: Session, node: ShownNode): void {
  const { inventory } = node
  answer(node, () => [
    ...pairs([
      [say(nodeTexts.name), `${node.name} (${node.id})`],
      [say(nodeTexts.status), node.status],
      [say(nodeTexts.heard), node.heard_at ?? ''],
      [say(nodeTexts.builds), `${node.running}/${node.slots}`],
      [say(nodeTexts.host), `${inventory.host.hostname}, ${inventory.host.arch}`],
      ['buildkit', inventory.buildkit.version],
      ...inventory.gpus.map(({ name, driver }): [string, string] => ['GPU', `${name}, ${driver}`]),
    ]),
    ...notesOf(node, say),
    ...(node.shut_out ? [`  ${node.shut_out.advice}`] : []),
    ...(inventory.findings ?? []).flatMap(({ code, message, fix }) => [
      `${code}: ${message}`,
      ...(fix === '' ? [] : [`  ${fix}`]),
    ]),
  ])
}

async function makeToken(session: Session, { minutes }: { readonly minutes?: number }) {
  const { client, answer, tell, say, server } = session
  const made = await client.nodes.makeToken(minutes)
  answer(made, () => [made.token])
  if (!session.json)
    tell(say(nodeTexts.tokenUse, { until: made.expires_at, server: server.origin }))
}

async function listImages(session: Session, name: string, options: PageOptions) {
  const { client, language } = session
  const { id } = await findNode(session, name)
  await printPages(session, options, {
    read: async (page) => client.nodes.images(id, { lang: language, ...page }),
    key: 'images',
    rowsOf: (page) => page.images,
    heading: ['NAME', 'VERSION', 'VERDICT', 'EVIDENCE', 'WHY'],
    show: ({ name: of, version, verdict, evidence, reasons }) => [
      of,
      String(version ?? ''),
      verdict,
      evidence,
      reasons.map(({ message }) => message).join(' '),
    ],
  })
}

async function showUpgrade(session: Session, name: string, driver: string, options: PageOptions) {
  const { client, language, json, tell } = session
  const { id } = await findNode(session, name)
  await printPages(session, options, {
    read: async (page) => {
      const answer = await client.nodes.upgrade(id, { driver, lang: language, ...page })
      if (!json && answer.summary !== null) tell(answer.summary.text)
      return answer
    },
    key: 'images',
    rowsOf: (page) => page.images,
    heading: ['NAME', 'CHANGE'],
    show: ({ name: of, change }) => [of, change ?? ''],
  })
}
