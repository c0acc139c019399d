import type { Stage } from './stage.ts'

/**
 * The one table of build failures. A code is a contract: users' own retry rules depend on it.
 * `retry` means that the farm itself tries again (another attempt, possibly on another node); a user's error never is.
 */
interface FailureRule {
  /** Who must act for the next build to succeed. */
  readonly actor: 'user' | 'registry' | 'farm'
  readonly retry: boolean
  readonly message: string
  readonly advice: string
}

export const failures = {
  dockerfile_invalid: {
    actor: 'user',
    retry: false,
    message: 'The Dockerfile is not valid',
    advice: 'Correct the line that is named and submit again.',
  },
  no_node_for_platform: {
    actor: 'user',
    retry: false,
    message: 'No node of this farm builds for the platform',
    advice: 'Choose a platform of a node under /api/nodes, or ask the operator for such a node.',
  },
  base_not_found: {
    actor: 'user',
    retry: false,
    message: 'A base image does not exist or may not be read',
    advice: 'Check the name and tag after FROM, or use an image of the library.',
  },
  base_not_built: {
    actor: 'user',
    retry: false,
    message: 'The base is a preset of the library that has not been built yet',
    advice: 'Build the preset first: POST /api/images/{id}/builds.',
  },
  base_unavailable: {
    actor: 'registry',
    retry: true,
    message: 'The registry of a base image does not answer',
    advice: 'Use a base that this farm can reach, or ask the operator to mirror it.',
  },
  step_failed: {
    actor: 'user',
    retry: false,
    message: 'A build step ended with an error',
    advice: 'Read the log of the step at the line that is named.',
  },
  packages_no_apt: {
    actor: 'user',
    retry: false,
    message: 'The base has no apt: it is no Debian or Ubuntu',
    advice: 'Take a base of Debian or Ubuntu, or write a Dockerfile for what the base has instead.',
  },
  packages_no_python: {
    actor: 'user',
    retry: false,
    message: 'The base has no Python to install packages of pip into',
    advice: 'Take a base with Python and pip, or have apt or conda install them.',
  },
  packages_no_pip: {
    actor: 'user',
    retry: false,
    message: 'The Python of the base has no pip',
    advice: 'Take a base with pip, or have apt (python3-pip) or conda (pip) install it.',
  },
  packages_python_managed: {
    actor: 'user',
    retry: false,
    message: 'The Python of the base belongs to its distribution, which lets pip install nothing',
    advice:
      'Take the packages from apt (python3-numpy for numpy), or a base whose Python is its own: in a virtual environment that is first on PATH, or of conda.',
  },
  packages_no_conda: {
    actor: 'user',
    retry: false,
    message: 'The base has neither conda, mamba nor micromamba',
    advice: 'Take a base with one of them, or have pip install the packages.',
  },
  packages_held: {
    actor: 'user',
    retry: false,
    message: 'A package wants another version of the framework that the base is built around',
    advice:
      'Read in the log which one. Take another version of the package, or list the framework itself with the version that you want.',
  },
  packages_unreachable: {
    actor: 'farm',
    // The package managers have tried again themselves.
    retry: false,
    message: 'What offers the packages does not answer the builds of this farm',
    advice:
      'Read in the log which host that is, and ask the operator for a mirror, or to let builds reach it (KILN_EGRESS_ALLOW).',
  },
  source_not_found: {
    actor: 'user',
    retry: false,
    message: 'A file or stage that the Dockerfile copies from does not exist',
    advice: 'Check the path at the line that is named.',
  },
  checksum_mismatch: {
    actor: 'user',
    retry: false,
    message: 'What the Dockerfile fetches is not what its checksum says',
    advice: 'Check the --checksum at the line that is named, and what the address serves now.',
  },
  source_denied: {
    actor: 'user',
    retry: false,
    message: 'The Dockerfile fetches from an address that builds may not reach',
    advice: 'Fetch from a public host name, or upload the file with the build context.',
  },
  git_ref_not_found: {
    actor: 'user',
    retry: false,
    message: 'A git repository, or its branch, tag or commit, does not exist or may not be read',
    advice: 'Check the address and the ref. Only repositories that need no password are read.',
  },
  git_unavailable: {
    actor: 'farm',
    retry: true,
    message: 'A git host does not answer',
    advice: 'Check that the host answers, or upload the files as a context.',
  },
  context_unavailable: {
    actor: 'farm',
    retry: true,
    message: 'The build context could not be brought to the node',
    advice: 'Nothing to do: the farm tries again. When it persists, upload the context again.',
  },
  out_of_memory: {
    actor: 'user',
    retry: false,
    message: 'A build step was killed for using more memory than it may',
    advice: 'Use less memory in the step, for example fewer parallel jobs.',
  },
  too_many_processes: {
    actor: 'user',
    retry: false,
    message: 'A build step was refused another process, since it may have no more',
    advice: 'Start fewer processes at once in the step, for example fewer parallel jobs.',
  },
  build_refused: {
    actor: 'user',
    retry: false,
    message: 'BuildKit refused the build',
    advice: 'Read the message; it names the instruction or option that is not allowed.',
  },
  verification_failed: {
    actor: 'user',
    retry: false,
    message: 'The image was built but did not pass verification, so it was not published',
    advice: 'Read the reasons and the log of the verification.',
  },
  gpu_unavailable: {
    actor: 'farm',
    retry: false,
    message: 'The image needs a GPU to be verified, and none was free in time',
    advice: 'Submit again later, or choose another gpu_policy for the project.',
  },
  gpu_failed: {
    actor: 'farm',
    retry: true,
    message: 'The GPU or its node failed while the image was verified',
    advice:
      'Nothing to do: the farm tries another GPU. The operator can see this one under /api/nodes.',
  },
  gpu_elsewhere: {
    actor: 'farm',
    retry: true,
    message: 'The node has no GPU for the image, but another one has',
    advice: 'Nothing to do: the build goes there, and this attempt does not count.',
  },
  evidence_mismatch: {
    actor: 'farm',
    retry: false,
    message: 'What was verified is not what the node has sent the evidence of',
    advice: 'Submit again, and tell the operator: the node may not be what it should be.',
  },
  evidence_refused: {
    actor: 'farm',
    retry: true,
    message: 'What the node has measured does not agree with what the server knows',
    advice:
      'Nothing to do: the farm verifies again, by what holds now. Tell the operator when it persists.',
  },
  digest_changed: {
    actor: 'farm',
    retry: true,
    message: 'The bytes to publish were not the bytes that were verified',
    advice: 'Nothing to do: the farm builds again. Report it when it persists.',
  },
  push_failed: {
    actor: 'registry',
    retry: true,
    message: 'The registry did not take the image',
    advice: 'Ask the operator to check the registry and its quota.',
  },
  push_denied: {
    actor: 'registry',
    retry: false,
    message: 'The registry does not let the farm write or read there',
    advice:
      'Ask the operator to check the permissions of the farm, the quota, and whether the registry is read-only.',
  },
  registry_quota: {
    actor: 'user',
    retry: false,
    message: 'The images of the project would take more of the registry than they may',
    advice:
      'Delete versions that nobody needs (kiln retention shows which), make the image smaller, or ask the operator for a higher quota.',
  },
  registry_mismatch: {
    actor: 'registry',
    retry: true,
    message: 'The registry does not serve the manifest that was pushed',
    advice: 'Ask the operator to check the registry.',
  },
  scan_findings: {
    actor: 'user',
    retry: false,
    message: 'The scanner of the registry found what the project does not publish',
    advice:
      'Take newer packages or another base, or change the scan_policy of the project. The registry lists what was found.',
  },
  scan_timed_out: {
    actor: 'registry',
    retry: false,
    message: 'The scanner of the registry did not end in time',
    advice:
      'Submit again later, and ask the operator to look at the scanner. With the scan_policy report it holds nothing back.',
  },
  scan_failed: {
    actor: 'registry',
    retry: false,
    message: 'The image could not be scanned',
    advice: 'Ask the operator to look at the scanner of the registry.',
  },
  agent_lost: {
    actor: 'farm',
    retry: true,
    message: 'The node that ran the build stopped answering',
    advice: 'Submit again; the operator can see the node under /api/nodes.',
  },
  agent_stopped: {
    actor: 'farm',
    retry: true,
    message: 'The node was shut down and handed the build back',
    advice: 'Nothing to do: another attempt is made, and this one does not count.',
  },
  node_simulated: {
    actor: 'farm',
    retry: false,
    message: 'The node is simulated: it takes builds and builds nothing',
    advice: 'Ask the operator for a node that is none of the simulated fleet.',
  },
  agent_fenced: {
    actor: 'farm',
    retry: true,
    message: 'The node heard nothing of the farm for too long, and stopped the build',
    advice: 'Nothing to do: another attempt is made, and this one does not count.',
  },
  builder_lost: {
    actor: 'farm',
    retry: true,
    message: 'The build daemon of the node stopped during the build',
    advice: 'Submit again; the operator should look at the node.',
  },
  disk_full: {
    actor: 'farm',
    retry: true,
    message: 'The disk of the node was full',
    advice:
      'Nothing to do: the node makes room and the farm tries again. When it persists, ask the operator whether a node has as much room as the build needs.',
  },
  environment_changed: {
    actor: 'user',
    retry: false,
    message: 'The environment was stopped, started again or deleted before it was saved',
    advice: 'Save it again, and let it be until the build is past the stage building.',
  },
  environment_unsaveable: {
    actor: 'user',
    retry: false,
    message: 'What the environment has written cannot be made into a layer',
    advice: 'Read the reason, change what it names in the environment and save again.',
  },
  terminated: {
    actor: 'farm',
    retry: false,
    message: 'The workflow of the build was ended from outside',
    advice: 'Submit again; the operator can say why it was ended.',
  },
  stale_attempt: {
    actor: 'farm',
    retry: false,
    message: 'A newer attempt of this build exists',
    advice: 'Nothing to do: the newer attempt decides.',
  },
  stage_timeout: {
    actor: 'user',
    retry: false,
    message: 'A stage took longer than it may',
    advice: 'Make the step quicker or ask for a longer limit.',
  },
  cancelled: {
    actor: 'user',
    retry: false,
    message: 'The build was cancelled',
    advice: 'Submit again when it is wanted after all.',
  },
  internal: {
    actor: 'farm',
    retry: true,
    message: 'Something inside the farm failed',
    advice: 'Submit again; tell the operator the build id when it persists.',
  },
} as const satisfies Record<string, FailureRule>

export type FailureCode = keyof typeof failures

/** Why a build did not succeed, as stored and as shown. */
export interface BuildFailure {
  readonly code: FailureCode
  /** One sentence with the particulars; never a stack trace, path or credential of the farm. */
  readonly message: string
  /** Line of the user's own Dockerfile, counted from 1, where there is one. */
  readonly line?: number
  /** The stage that took too long, where that is why. */
  readonly stage?: Stage
  /** Exit code of the step that failed, where there is one. */
  readonly exitCode?: number
  /** Reason codes of the table in `cuda/`, where a verification found fault. */
  readonly reasons?: readonly string[]
}

export function isFailureCode(value: unknown): value is FailureCode {
  return typeof value === 'string' && Object.hasOwn(failures, value)
}

/** The failure in the form in which an activity throws it: Temporal retries it only where the table says so. */
export function asApplicationFailure(failure: BuildFailure) {
  const { code: type, message } = failure
  return { type, message, nonRetryable: !failures[type].retry, details: [failure] }
}

/** The failure as people see it: the stored facts with the table's actor and advice. */
export function explain(failure: BuildFailure) {
  const { actor, retry, advice } = failures[failure.code]
  return { ...failure, actor, retried: retry, advice }
}
