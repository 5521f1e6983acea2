// What is asked with of @inquirer/prompts: who imports all of it also loads its editor, with the
// tables of every character set.
export { confirm, input, password, select } from '@inquirer/prompts'
