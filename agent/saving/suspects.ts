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
const byPath: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)\.ssh\/(?!known_hosts|authorized_keys|config$)[^/]+(?<!\.pub)$/, 'an SSH key'],
  [/(^|\/)\.aws\/credentials$/, 'credentials of AWS'],
  [/(^|\/)[._]netrc$/, 'passwords of hosts'],
  [/(^|\/)\.git-credentials$|(^|\/)\.config\/git\/credentials$/, 'passwords of git'],
  [/(^|\/)\.docker\/config\.json$/, 'logins to registries'],
  [/(^|\/)\.kube\/(config|cache\/)/, 'access to Kubernetes'],
  [/(^|\/)\.config\/gcloud\/(?!configurations\/|logs\/)/, 'credentials of Google Cloud'],
  [/(^|\/)\.azure\/(msal_token_cache|accessTokens|service_principal)/, 'credentials of Azure'],
  [/(^|\/)(\.cache\/huggingface|\.huggingface)\/(token|stored_tokens)$/, 'a token of Hugging Face'],
  [/(^|\/)\.config\/wandb\/settings$|(^|\/)\.wandb\/settings$/, 'a key of Weights & Biases'],
  [/(^|\/)\.kaggle\/kaggle\.json$/, 'a key of Kaggle'],
  [/(^|\/)\.pypirc$/, 'passwords of package indexes'],
  [
    /(^|\/)\.(bash|zsh|ash|sh|python|psql|mysql|sqlite|node_repl|rediscli)_history$|(^|\/)\.lesshst$/,
    'a history of commands',
  ],
  [
    /(^|\/)\.local\/share\/fish\/fish_history$|(^|\/)\.ipython\/[^/]+\/history\.sqlite$/,
    'a history of commands',
  ],
  [/(^|\/)\.local\/share\/jupyter\/runtime\//, 'a token of a running Jupyter'],
  [/(^|\/)\.jupyter\/jupyter_(server|notebook)_config\.json$/, 'a password of Jupyter'],
  [/^(var\/)?run\/secrets\//, 'a mounted secret'],
  [/(^|\/)\.gnupg\/(private-keys-v1\.d\/|secring)/, 'a PGP key'],
]

/** Where configuration lies that may hold a token: what is read for one, when it is not too large. */
const readable =
  /(^|\/)(\.[^/]*rc|\.env(\.[^/]+)?|[^/]*\.env|pip\.conf|conda\.yml|credentials|token|[^/]*\.(pem|key|p12|pfx))$|^(root|home\/[^/]+|workspace|etc|srv)\/([^/]+\/){0,3}[^/]*\.(json|ya?ml|toml|ini|cfg|conf|txt|sh|py|ipynb)$/
const maxReadBytes = 64 * 1024

/** What a file holds by where it lies, such as `an SSH key`. Pure. */
export function secretByPath(path: string): string | undefined {
  return byPath.find(([pattern]) => pattern.test(path))?.[1]
}

/** Whether a file is worth reading for a token. Pure. */
export function mayHoldSecret({ path, bytes }: Suspect): boolean {
  return bytes > 0 && bytes <= maxReadBytes && readable.test(path)
}

/** Words of package managers beside those that tokens are known by everywhere. */
const ownWords: readonly (readonly [RegExp, string])[] = [
  [/_authToken\s*=\s*\S{8}/, 'a token of npm'],
  [/\/t\/[a-z]{2}-[0-9a-f-]{20,}\//, 'a token of conda'],
  [/\bkiln_[a-z]+_[A-Za-z0-9]{16}/, 'a token of this farm'],
]

/** What a text holds that must stay secret. Pure. */
export function secretInText(text: string): string | undefined {
  return findSecret(text) ?? ownWords.find(([pattern]) => pattern.test(text))?.[1]
}

const driverLibrary = /(^|\/)lib(cuda|nvidia-[^/]*|nvcuvid|nvoptix|cudadebugger)\.so(\.[^/]*)?$/
const driverProgram = /(^|\/)s?bin\/nvidia-[^/]+$/

/** By its name a file of the driver, which the node gives to each container. Pure. */
export function isDriverName(path: string): boolean {
  return driverLibrary.test(path) || driverProgram.test(path)
}
