import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import type { EnvironmentRef } from '#contract/environment.ts'
import type { SavedPaths, SaveSurvey } from '#contract/save.ts'
import { terminalQuery } from '#contract/wire/environment.ts'
import { previewSave } from '#contract/wire/save.ts'
import { readLog } from '../environments/log-file.ts'
import type { OpenTerminal } from './terminal.ts'
import { serveTerminal } from './serve-terminal.ts'
import { createSurveyTurns, SurveysBusy } from './survey-turns.ts'

export interface EnvironmentHttpDeps {
  readonly isRunning: (ref: EnvironmentRef) => boolean
  /** Path of what an environment has printed. */
  readonly logOf: (environmentId: string) => string
  readonly openTerminal: OpenTerminal
  /** How often a reader is told that the connection is alive, while a program prints nothing. @default 5 s */
  readonly stillHereMs?: number
  /** What would be saved of it; `undefined` when its files are not here. */
  readonly survey: (
    ref: EnvironmentRef,
    choices: SavedPaths,
    signal: AbortSignal,
  ) => Promise<SaveSurvey | undefined>
}

const path = /^\/environments\/(env-[0-9a-z]{26})\/(\d+)\/(logs|exec|survey)$/
const wants = ['logs', 'exec', 'survey'] as const
const maxMessage = 1024 * 1024
const maxTerminals = 32
/** A proxy in between ends what it takes for idle. */
const stillHereMs = 5_000
const stillHere = ': still here\n\n'

/** What the agent tells and does about environments: their logs, what they have written, and terminals in them. Only the tunnel leads here. */
export function createEnvironmentHttp(deps: EnvironmentHttpDeps): Server {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessage })
  const inTurn = createSurveyTurns()
  const survey: EnvironmentHttpDeps['survey'] = async (ref, choices, signal) =>
    inTurn(ref.environmentId, signal, async () => deps.survey(ref, choices, signal))
  const http = createServer((request, response) => {
    const wanted = readWanted(request)
    if (wanted?.what === 'logs') void sendLog(deps, wanted, response)
    else if (wanted?.what === 'survey') void sendSurvey(survey, wanted, request, response)
    else response.writeHead(404).end()
  })
  http.on('upgrade', (request: IncomingMessage, socket, head) => {
    const wanted = readWanted(request)
    const query = terminalQuery.safeParse(Object.fromEntries(wanted?.query ?? []))
    const mayOpen = wanted?.what === 'exec' && deps.isRunning(wanted) && query.success
    if (!mayOpen || sockets.clients.size >= maxTerminals) {
      const status = mayOpen ? '503 Service Unavailable' : '404 Not Found'
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) =>
      serveTerminal(client, deps.openTerminal(wanted.environmentId, query.data)),
    )
  })
  return http
}

interface Wanted extends EnvironmentRef {
  readonly what: (typeof wants)[number]
  readonly query: URLSearchParams
}

function readWanted({ url = '' }: IncomingMessage): Wanted | undefined {
  const { pathname, searchParams } = new URL(url, 'http://agent')
  const [, environmentId, start, what] = path.exec(pathname) ?? []
  const known = wants.find((want) => want === what)
  if (environmentId === undefined || known === undefined) return undefined
  return { environmentId, start: Number(start), what: known, query: searchParams }
}

/** Each piece as an event; at the end of the program, one that says so. */
async function sendLog(
  deps: EnvironmentHttpDeps,
  wanted: Wanted,
  response: ServerResponse,
): Promise<void> {
  const { isRunning, logOf } = deps
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.flushHeaders()
  const follow = wanted.query.get('follow') !== 'false'
  const goesOn = () => follow && isRunning(wanted)
  const decoder = new TextDecoder()
  const saying = setInterval(() => {
    // Who does not read has enough to come.
    if (!response.writableNeedDrain) response.write(stillHere)
  }, deps.stillHereMs ?? stillHereMs)
  try {
    for await (const piece of readLog(logOf(wanted.environmentId), {
      goesOn,
      signal: gone.signal,
    })) {
      const data = JSON.stringify({ text: decoder.decode(piece, { stream: true }) })
      if (!response.write(`event: log\ndata: ${data}\n\n`)) await drained(response, gone.signal)
    }
    response.end('event: end\ndata: {}\n\n')
  } catch {
    response.destroy()
  } finally {
    clearInterval(saying)
  }
}

async function sendSurvey(
  survey: EnvironmentHttpDeps['survey'],
  ref: Wanted,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  try {
    const found = await survey(ref, previewSave.parse(await json(request)), gone.signal)
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? {}))
  } catch (error) {
    if (error instanceof SurveysBusy) response.writeHead(503).end()
    else response.destroy()
  }
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  response.once('drain', resolve)
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
}
