import type { Gateway, Built } from './gateway.ts'
import type { ProgressEvent } from './progress.ts'
import type { Credentials } from './session/auth.ts'
import type { Directory } from './session/directory.ts'
import type { OpenOutput } from './session/file-send.ts'
import type { SshAgent } from './session/ssh-forward.ts'
import type { FindBlob } from './session/image-layout.ts'
import type { OpenUpload } from './session/upload.ts'
import type { SourceRule } from './source-policy.ts'

export type Gate = (gateway: Gateway, built: Built) => Promise<void>

/** What the result is made into; the attributes are those of BuildKit's exporter of that type. */
export interface Exporter {
  /** Such as `image`, `oci`, `docker` or `tar`. */
  readonly type: string
  readonly attrs: Readonly<Record<string, string>>
  /** Takes the bytes of an exporter that makes one file: `oci`, `docker`, `tar`. */
  readonly output?: OpenOutput
}

/** A cache outside the daemon: `registry` with `ref` and `mode`, `inline`, `s3` and others. */
export interface CacheLocation {
  readonly type: string
  readonly attrs: Readonly<Record<string, string>>
}

export interface SolveOptions {
  /** `unix:///path` or `tcp://host:port`. */
  readonly address: string
  /** The span that the build is a part of, as W3C Trace Context has it. */
  readonly traceparent?: string | undefined
  /** Unique among the builds that the daemon knows. */
  readonly ref: string
  /**
   * The daemon compares directories with what it kept of them under this key, by size and time alone. So it belongs to
   * one folder of one tenant: under another folder's key, a file of equal size and time would be the other folder's.
   */
  readonly sharedKey: string
  /** Of the Dockerfile frontend, such as `filename`, `target`, `build-arg:NAME` or `label:NAME`. */
  readonly frontendAttrs: Readonly<Record<string, string>>
  /** By the names under which the frontend asks for them: `context` and `dockerfile`, unless its attributes say others. */
  readonly directories: Readonly<Record<string, Directory>>
  /**
   * Marshalled definitions that the frontend finds under a name: `context` is the build context, and the attribute
   * `context:<name>` may say `input:<name>`.
   */
  readonly inputs?: Readonly<Record<string, Uint8Array>>
  /** Bytes that the daemon may fetch as sources, by name: see `uploadUrl`. */
  readonly uploads?: Readonly<Record<string, OpenUpload>>
  /** Gives the blobs of images that the frontend was told of by `layoutAddress`. */
  readonly findBlob?: FindBlob | undefined
  /** By registry host, with its port. */
  readonly credentials?: Credentials
  /** What `RUN --mount=type=secret` reaches, by id. */
  readonly secrets?: Readonly<Record<string, Uint8Array>>
  /** What `RUN --mount=type=ssh` reaches, by id. */
  readonly sshAgents?: ReadonlyMap<string, SshAgent>
  /** RUN reaches the network through a proxy of the daemon only, never by a socket of its own. */
  readonly proxyNetwork?: boolean
  /** What the build may read, through that proxy too; without any it may read everything. */
  readonly sourceRules?: readonly SourceRule[]
  /** None: the result is built and stays in the daemon's cache. Of several only one can tell its digest. */
  readonly exporters?: readonly Exporter[]
  /** What steps may ask for beyond the usual, such as `device`; the daemon must allow it too. */
  readonly entitlements?: readonly string[]
  /** Caches to read before a step is run. One that does not exist is skipped. */
  readonly cacheImports?: readonly CacheLocation[]
  /** Caches to write after the build; with the attribute `ignore-error` their failure is not the build's. */
  readonly cacheExports?: readonly CacheLocation[]
  /** Judges what was built before it is exported. When it throws, nothing is, and `solve` rejects with its error. */
  readonly gate?: Gate
  /**
   * `false`: nothing of it is kept in the daemon's history, which takes several writes to its disk and holds what the
   * steps print. Of an error that was too large to be sent there is then only what the progress tells: the step that
   * failed, its words and exit code, and no line. See `maxSentDockerfile` and `forgetBuilds`.
   */
  readonly recorded?: boolean
  readonly onProgress?: (event: ProgressEvent) => void
  /** Waited for before more progress is read, so that it cannot come faster than it is dealt with. */
  readonly readOn?: (signal: AbortSignal) => Promise<void> | undefined
  readonly signal: AbortSignal
}
