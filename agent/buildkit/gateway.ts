import { z } from 'zod'
import { BuildkitError, grpcCode } from './error.ts'
import { LLBBridgeDefinition, type Result } from './gen/gateway.ts'
import type { CallOptions, Channel } from './rpc/channel.ts'
import { type MethodDefinition, methodOf } from './rpc/method.ts'

const { ping, solve, statFile, return: giveBack } = LLBBridgeDefinition.methods
/** The frontend that is built into the daemon. */
export const frontend = 'dockerfile.v0'
const inputKey = 'built'

/** Without `evaluate` the daemon answers at once and fails only when something reads the result. */
const whole = { allowResultReturn: true, allowResultArrayRef: true, evaluate: true }

/** What a Dockerfile was built to, before anything is exported. */
export interface Built {
  readonly result: Result
  readonly ref: string
}

/** The calls that belong to one running solve; the daemon knows it by its ref. */
export interface Gateway {
  build(
    frontendAttrs: Readonly<Record<string, string>>,
    inputs: Readonly<Record<string, Buffer>>,
  ): Promise<Built>
  /** Builds a Dockerfile whose `FROM built` is the earlier result. Nothing of it is exported. */
  buildOn(built: Built, frontendAttrs: Readonly<Record<string, string>>): Promise<Built>
  exists(built: Built, path: string): Promise<boolean>
  /** Ends the solve: its exporter gets exactly this result. */
  finish(built: Built): Promise<void>
  /** Ends the solve with an error: nothing is exported. */
  refuse(reason: string): Promise<void>
}

export function createGateway(channel: Channel, ref: string, signal: AbortSignal): Gateway {
  const options: CallOptions = { signal, metadata: { 'buildkit-controlapi-buildid': ref } }
  const call = async <A, B>(definition: MethodDefinition<A, B>, request: A): Promise<B> =>
    channel.unary(methodOf(LLBBridgeDefinition, definition), request, options)
  const evaluate = async (
    frontendOpt: Record<string, string>,
    frontendInputs: Record<string, Uint8Array>,
  ): Promise<Built> => {
    // The daemon knows a ref only once its Solve has arrived on another stream; Ping waits for that.
    await call(ping, {})
    const { result } = await call(solve, { ...whole, frontend, frontendOpt, frontendInputs })
    return readResult(result)
  }
  return {
    build: async (attrs, inputs) => evaluate({ ...attrs }, { ...inputs }),
    buildOn: async ({ result }, attrs) =>
      evaluate(onInput(result, attrs), { [inputKey]: result.ref?.def ?? new Uint8Array() }),
    exists: async (built, path) =>
      call(statFile, { ref: built.ref, path }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof BuildkitError && error.code !== grpcCode.unavailable) return false
          throw error
        },
      ),
    finish: async ({ result }) => void (await call(giveBack, { result, error: undefined })),
    refuse: async (message) => {
      const error = { code: grpcCode.unknown, message, details: [] }
      await call(giveBack, { result: undefined, error })
    },
  }
}

function readResult(result: Result | undefined): Built {
  const path = `${LLBBridgeDefinition.fullName}/${solve.name}`
  if (result === undefined) throw new BuildkitError(path, grpcCode.internal, 'no result')
  if (result.refs !== undefined) {
    const reason = 'builds for several platforms are not supported'
    throw new BuildkitError(path, grpcCode.unimplemented, reason)
  }
  return { result, ref: result.ref?.id ?? '' }
}

function onInput(result: Result, attrs: Readonly<Record<string, string>>): Record<string, string> {
  const config = result.metadata['containerimage.config']
  return {
    ...attrs,
    [`context:${inputKey}`]: `input:${inputKey}`,
    ...(config && {
      [`input-metadata:${inputKey}`]: JSON.stringify({
        'containerimage.config': Buffer.from(withoutTriggers(config)).toString('base64'),
      }),
    }),
  }
}

const imageConfig = z.looseObject({ config: z.looseObject({}).optional() })

/** What ONBUILD left for images that start from this one is no part of it: it would ask for their context. */
function withoutTriggers(bytes: Uint8Array): string {
  const image = imageConfig.parse(JSON.parse(new TextDecoder().decode(bytes)))
  return JSON.stringify({ ...image, config: { ...image.config, OnBuild: undefined } })
}
