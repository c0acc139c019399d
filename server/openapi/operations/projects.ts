import { retentionPage } from '#contract/wire/answers/image.ts'
import {
  project,
  projectDetail,
  projectPage,
  quotas,
  secret,
  secretPage,
} from '#contract/wire/answers/project.ts'
import { memberPage, memberSet } from '#contract/wire/answers/access.ts'
import { empty, json, type Resource } from '../operation.ts'

const one = '/api/projects/:project'

export const projects: Resource = {
  name: 'Projects',
  description: 'Projects own builds, images and environments; with members, secrets and quotas.',
  operations: {
    'GET /api/projects': {
      id: 'listProjects',
      summary: 'List projects',
      answer: json(projectPage, 'One page of projects, by name.'),
    },
    'POST /api/projects': {
      id: 'createProject',
      summary: 'Create a project',
      description: 'For operators.',
      answer: json(project, 'The project.', 201),
      refusals: ['project_exists'],
      example: { name: 'team-a' },
    },
    [`GET ${one}`]: {
      id: 'getProject',
      summary: 'Show a project with its policies and what it takes in the registry',
      answer: json(projectDetail, 'The project.'),
    },
    [`PATCH ${one}`]: {
      id: 'changeProject',
      summary: 'Change the policies of a project',
      answer: json(projectDetail, 'The project as it is now.'),
      refusals: ['unverified_off', 'nothing_scans'],
      example: { gpu_policy: { mode: 'require_gpu', wait_seconds: 3600 } },
    },
    [`GET ${one}/retention`]: {
      id: 'previewProjectRetention',
      summary: 'Tell which versions of all images of a project would go by a rule',
      answer: json(retentionPage, 'One page of images.'),
    },
    [`GET ${one}/secrets`]: {
      id: 'listSecrets',
      summary: 'List the secrets of a project',
      answer: json(secretPage, 'One page of secrets, by name, without their values.'),
    },
    [`PUT ${one}/secrets/:name`]: {
      id: 'putSecret',
      summary: 'Keep a secret',
      description:
        'A value that was there is replaced. No call ever answers it. `201` when it is new.',
      answer: json(secret, 'What is kept of it in the clear.'),
      refusals: ['secrets_off'],
      example: { value: 'hf_…' },
    },
    [`DELETE ${one}/secrets/:name`]: {
      id: 'deleteSecret',
      summary: 'Delete a secret',
      answer: empty('It is gone; builds that were accepted before keep it until they end.'),
    },
    [`GET ${one}/members`]: {
      id: 'listMembers',
      summary: 'List the members of a project',
      answer: json(memberPage, 'One page of members, by name.'),
    },
    [`PUT ${one}/members/:user`]: {
      id: 'setMember',
      summary: 'Give a user a role in a project',
      answer: json(memberSet, 'The role.'),
      refusals: ['user_unknown'],
      example: { role: 'builder' },
    },
    [`DELETE ${one}/members/:user`]: {
      id: 'removeMember',
      summary: 'Take a user out of a project',
      answer: empty('They are no member any more.'),
    },
    [`GET ${one}/quotas`]: {
      id: 'getQuotas',
      summary: 'Show what a project has, and may have',
      answer: json(quotas, 'Use and limit of each.'),
    },
    [`PATCH ${one}/quotas`]: {
      id: 'changeQuotas',
      summary: 'Change the limits of a project',
      description: 'For operators. `null` takes a limit away.',
      answer: json(quotas, 'Use and limit of each as they are now.'),
      example: { images: 100, gpu_minutes: null },
    },
  },
}
