/** Why a git host did not answer as it should. */
export type GitProblem = 'unreachable' | 'refused' | 'not_installed'

export class GitError extends Error {
  override readonly name = 'GitError'
  readonly problem: GitProblem

  constructor(problem: GitProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}
