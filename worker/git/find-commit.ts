import { isCommit } from '#contract/git.ts'
import { ProcessError, run } from '../../process/run.ts'
import { GitError } from './error.ts'

export interface GitSettings {
  /** PATH, and what leads to the network: proxies and trusted certificates. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

const limitMs = 30_000

/** Neither asks nor remembers anything, and follows no redirect: it would lead past the check of the host. */
const cautious = [
  'credential.helper=',
  'http.followRedirects=false',
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=15',
  'protocol.allow=never',
  'protocol.https.allow=always',
  'protocol.http.allow=always',
].flatMap((setting) => ['-c', setting])

/** No file of this machine has a say. */
const isolated = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'true',
  HOME: '/nonexistent',
  LC_ALL: 'C',
}

/** What git prints when the host answers but does not give the repository: it is not there, or not for everyone. */
const refusal =
  /not found|does not exist|could not read Username|Authentication failed|error: 40[134]/i

/**
 * The commit that a branch, a tag or, without a ref, the default branch means now; of a tag and a branch of one name the
 * tag, as git has it. A commit in full is taken as it is: whether it exists is seen when it is fetched.
 * @returns `undefined` when the repository has no such ref. @throws GitError
 */
export async function findCommit(
  { environment }: GitSettings,
  address: string,
  ref: string | undefined,
): Promise<string | undefined> {
  if (ref !== undefined && isCommit(ref)) return ref
  const wanted = candidates(ref)
  const args = [...cautious, 'ls-remote', '--quiet', '--', address, ...wanted]
  // Not in a repository, whose own settings would count.
  const options = { limitMs, cwd: '/', environment: { ...environment, ...isolated } }
  const { stdout } = await run('git', args, options).catch((error: unknown) => {
    throw explain(error)
  })
  const found = new Map(
    stdout.split('\n').map((line) => {
      const [id = '', name = ''] = line.split('\t')
      return [name, id]
    }),
  )
  const commit = wanted.map((name) => found.get(name)).find((id) => id !== undefined)
  return commit !== undefined && isCommit(commit) ? commit : undefined
}

/** Full names of refs, the first that exists counts. `^{}` is the commit that an annotated tag stands for. */
function candidates(ref: string | undefined): readonly string[] {
  if (ref === undefined) return ['HEAD']
  if (ref.startsWith('refs/')) return [`${ref}^{}`, ref]
  return [`refs/tags/${ref}^{}`, `refs/tags/${ref}`, `refs/heads/${ref}`]
}

function explain(error: unknown): unknown {
  if (!(error instanceof ProcessError)) return error
  if (error.failure === 'absent') {
    return new GitError('not_installed', 'git is not installed', { cause: error })
  }
  const problem = refusal.test(error.output) ? 'refused' : 'unreachable'
  return new GitError(problem, lastLine(error.output), { cause: error })
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.slice(0, 300) ?? ''
}
