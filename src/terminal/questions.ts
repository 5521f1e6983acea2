// The prompts we use. The full package also loads an editor and its character set tables.
export { confirm, input, password, select } from '@inquirer/prompts'
