/** Returns what is wrong with `repository`, `bugs` and `homepage` of a package.json; undefined if nothing is. */
export function repositoryProblem({ repository, bugs, homepage }) {
  const missing = Object.entries({ repository, bugs, homepage }).flatMap(([name, value]) =>
    value === undefined ? [name] : [],
  )
  if (missing.length > 0)
    return `package.json has no ${missing.join(', ')}. Add them: npm publishes provenance only for a package that names its repository.`
  const [, page] = /^git\+(https:\/\/github\.com\/[\w.-]+\/[\w.-]+)\.git$/.exec(repository.url) ?? []
  if (page === undefined)
    return `package.json: repository.url is ${repository.url}, not of the form git+https://github.com/OWNER/NAME.git.`
  if (bugs.url !== `${page}/issues`) return `package.json: bugs.url is ${bugs.url}, not ${page}/issues.`
  if (!homepage.startsWith('https://')) return `package.json: homepage is ${homepage}, not an https:// address.`
  return undefined
}
