import type { LeftOutKind } from '#contract/left-out.ts'
import { findSecret } from '#contract/secret-like.ts'

/** What is known of a file of an environment. */
export interface Suspect {
  /** Without a slash in front. */
  readonly path: string
  readonly bytes: number
  /** Where a link leads to, as it is written. */
  readonly target?: string
}

/** Files in which programs keep passwords and tokens, by where they lie. */
const byPath: readonly (readonly [RegExp, LeftOutKind])[] = [
  [/(^|\/)\.ssh\/(?!known_hosts|authorized_keys|config$)[^/]+(?<!\.pub)$/, 'ssh_key'],
  [/(^|\/)\.aws\/credentials$/, 'aws_credentials'],
  [/(^|\/)[._]netrc$/, 'host_passwords'],
  [/(^|\/)\.git-credentials$|(^|\/)\.config\/git\/credentials$/, 'git_passwords'],
  [/(^|\/)\.docker\/config\.json$/, 'registry_logins'],
  [/(^|\/)\.kube\/(config|cache\/)/, 'kubernetes_access'],
  [/(^|\/)\.config\/gcloud\/(?!configurations\/|logs\/)/, 'google_cloud_credentials'],
  [/(^|\/)\.azure\/(msal_token_cache|accessTokens|service_principal)/, 'azure_credentials'],
  [/(^|\/)(\.cache\/huggingface|\.huggingface)\/(token|stored_tokens)$/, 'hugging_face_token'],
  [/(^|\/)\.config\/wandb\/settings$|(^|\/)\.wandb\/settings$/, 'wandb_key'],
  [/(^|\/)\.kaggle\/kaggle\.json$/, 'kaggle_key'],
  [/(^|\/)\.pypirc$/, 'index_passwords'],
  [
    /(^|\/)\.(bash|zsh|ash|sh|python|psql|mysql|sqlite|node_repl|rediscli)_history$|(^|\/)\.lesshst$/,
    'command_history',
  ],
  [
    /(^|\/)\.local\/share\/fish\/fish_history$|(^|\/)\.ipython\/[^/]+\/history\.sqlite$/,
    'command_history',
  ],
  [/(^|\/)\.local\/share\/jupyter\/runtime\//, 'jupyter_token'],
  [/(^|\/)\.jupyter\/jupyter_(server|notebook)_config\.json$/, 'jupyter_password'],
  [/^(var\/)?run\/secrets\//, 'mounted_secret'],
  [/(^|\/)\.gnupg\/(private-keys-v1\.d\/|secring)/, 'pgp_key'],
]

/** Where configuration lies that may hold a token: what is read for one, when it is not too large. */
const readable =
  /(^|\/)(\.[^/]*rc|\.env(\.[^/]+)?|[^/]*\.env|pip\.conf|conda\.yml|credentials|token|[^/]*\.(pem|key|p12|pfx))$|^(root|home\/[^/]+|workspace|etc|srv)\/([^/]+\/){0,3}[^/]*\.(json|ya?ml|toml|ini|cfg|conf|txt|sh|py|ipynb)$/
const maxReadBytes = 64 * 1024

/** What a file holds by where it lies, such as `ssh_key`. Pure. */
export function secretByPath(path: string): LeftOutKind | undefined {
  return byPath.find(([pattern]) => pattern.test(path))?.[1]
}

/** Whether a file is worth reading for a token. Pure. */
export function mayHoldSecret({ path, bytes }: Suspect): boolean {
  return bytes > 0 && bytes <= maxReadBytes && readable.test(path)
}

/** Words of package managers beside those that tokens are known by everywhere. */
const ownWords: readonly (readonly [RegExp, LeftOutKind])[] = [
  [/_authToken\s*=\s*\S{8}/, 'npm_token'],
  [/\/t\/[a-z]{2}-[0-9a-f-]{20,}\//, 'conda_token'],
  [/\bkiln_[a-z]+_[A-Za-z0-9]{16}/, 'kiln_token'],
]

/** What a text holds that must stay secret. Pure. */
export function secretInText(text: string): LeftOutKind | undefined {
  return findSecret(text) ?? ownWords.find(([pattern]) => pattern.test(text))?.[1]
}

const driverLibrary = /(^|\/)lib(cuda|nvidia-[^/]*|nvcuvid|nvoptix|cudadebugger)\.so(\.[^/]*)?$/
const driverProgram = /(^|\/)s?bin\/nvidia-[^/]+$/

/** By its name a file of the driver, which the node gives to each container. Pure. */
export function isDriverName(path: string): boolean {
  return driverLibrary.test(path) || driverProgram.test(path)
}
