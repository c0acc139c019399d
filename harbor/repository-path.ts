/** A repository of a project: `team/app` in `farm`. */
export interface RepositoryRef {
  readonly project: string
  readonly repository: string
}

/**
 * The repository's name is encoded twice, because the proxy in front of Harbor decodes once and hands the rest on.
 * Without it `team/app` is answered with 404, or with an empty list.
 */
export function repositoryPath({ project, repository }: RepositoryRef): string {
  const name = encodeURIComponent(encodeURIComponent(repository))
  return `/projects/${encodeURIComponent(project)}/repositories/${name}`
}

/** `reference` is a tag or a digest. */
export function artifactPath(where: RepositoryRef, reference: string): string {
  return `${repositoryPath(where)}/artifacts/${encodeURIComponent(reference)}`
}
