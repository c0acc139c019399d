export const shell = {
  navigation: 'Navigation',
  menu: 'Open the navigation',
  skip: 'Skip to the content',
  project: 'Project',
  allProjects: 'All projects',
  light: 'Light theme',
  dark: 'Dark theme',
  operator: 'Operator',
}

export const signIn = {
  title: 'Sign in to Kiln',
  help: 'Enter an access token. An administrator gives you one, or `kiln token create` does.',
  token: 'Access token',
  refused: 'The token is not valid, has expired or was revoked.',
  submit: 'Sign in',
}
