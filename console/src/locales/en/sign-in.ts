import type { Texts } from '../../language.ts'

export const signIn: Texts['signIn'] = {
  title: 'Sign in to Kiln',
  provider: (name) => `Sign in with ${name}`,
  or: 'or with an access token',
  help: 'An administrator gives you a token. That of the operator admin lies, from the first start on, in the file that npm start prints.',
  token: 'Access token',
  refused: 'The token is not valid, has ended or was revoked.',
  submit: 'Sign in',
  local: 'Go on without, as an operator on this machine',
  refusals: {
    denied: 'The identity provider said no, or you did.',
    disabled: 'Your account is disabled. Ask an administrator.',
    domain: 'Your e-mail address is in no domain that may sign in here.',
    expired: 'It took too long, or was begun in another browser. Try again.',
    name_taken: 'The name belongs to a user who signs in otherwise. Ask an administrator.',
    no_name: 'The identity provider gave no name that can be used. Ask an administrator.',
    provider:
      'The identity provider does not answer, or its answer does not hold. Try again later; the log of the server says why.',
    unknown: 'There is no account for you yet. Ask an administrator to add you.',
    unverified:
      'The identity provider has not verified your e-mail address. Have it verified first.',
  },
}
