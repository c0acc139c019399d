/** What a text or a file holds that must stay secret, by a code that is a contract, in words for people. */
export const secretKinds = {
  github_token: { en: 'a GitHub token', zh: 'GitHub 令牌' },
  gitlab_token: { en: 'a GitLab token', zh: 'GitLab 令牌' },
  aws_access_key: { en: 'an AWS access key', zh: 'AWS 访问密钥' },
  hugging_face_token: { en: 'a Hugging Face token', zh: 'Hugging Face 令牌' },
  nvidia_api_key: { en: 'an NVIDIA API key', zh: 'NVIDIA API 密钥' },
  slack_token: { en: 'a Slack token', zh: 'Slack 令牌' },
  google_api_key: { en: 'a Google API key', zh: 'Google API 密钥' },
  npm_token: { en: 'an npm token', zh: 'npm 令牌' },
  pypi_token: { en: 'a PyPI token', zh: 'PyPI 令牌' },
  docker_hub_token: { en: 'a Docker Hub token', zh: 'Docker Hub 令牌' },
  api_key: { en: 'an API key', zh: 'API 密钥' },
  json_web_token: { en: 'a JSON web token', zh: 'JSON Web 令牌（JWT）' },
  private_key: { en: 'a private key', zh: '私钥' },
  url_with_password: { en: 'a URL with a password', zh: '含密码的 URL' },
} as const

export type SecretKind = keyof typeof secretKinds

/** Why something of an environment is not saved unless somebody wants it kept. */
export const leftOutKinds = {
  ...secretKinds,
  ssh_key: { en: 'an SSH key', zh: 'SSH 密钥' },
  aws_credentials: { en: 'credentials of AWS', zh: 'AWS 凭据' },
  host_passwords: { en: 'passwords of hosts', zh: '主机登录密码（netrc）' },
  git_passwords: { en: 'passwords of git', zh: 'Git 密码' },
  registry_logins: { en: 'logins to registries', zh: '镜像仓库登录信息' },
  kubernetes_access: { en: 'access to Kubernetes', zh: 'Kubernetes 访问凭据' },
  google_cloud_credentials: { en: 'credentials of Google Cloud', zh: 'Google Cloud 凭据' },
  azure_credentials: { en: 'credentials of Azure', zh: 'Azure 凭据' },
  wandb_key: { en: 'a key of Weights & Biases', zh: 'Weights & Biases 密钥' },
  kaggle_key: { en: 'a key of Kaggle', zh: 'Kaggle 密钥' },
  index_passwords: { en: 'passwords of package indexes', zh: '软件包索引密码' },
  command_history: { en: 'a history of commands', zh: '命令历史' },
  jupyter_token: { en: 'a token of a running Jupyter', zh: '运行中的 Jupyter 的令牌' },
  jupyter_password: { en: 'a password of Jupyter', zh: 'Jupyter 密码' },
  mounted_secret: { en: 'a mounted secret', zh: '挂载的密文' },
  pgp_key: { en: 'a PGP key', zh: 'PGP 密钥' },
  conda_token: { en: 'a token of conda', zh: 'conda 令牌' },
  kiln_token: { en: 'a token of this farm', zh: '本平台的令牌' },
  driver_place: { en: 'an empty place of a file of the driver', zh: '驱动文件的空占位文件' },
  driver_link: { en: 'a link to a file of the driver', zh: '指向驱动文件的链接' },
} as const

export type LeftOutKind = keyof typeof leftOutKinds

/** Words of a find, in each language. Of a kind that is not known here, as from a newer node, what was told with it. Pure. */
export function leftOutText({
  what,
  kind,
}: {
  readonly what: string
  readonly kind?: string | undefined
}) {
  return isLeftOutKind(kind) ? leftOutKinds[kind] : { en: what, zh: what }
}

function isLeftOutKind(value: unknown): value is LeftOutKind {
  return typeof value === 'string' && Object.hasOwn(leftOutKinds, value)
}
