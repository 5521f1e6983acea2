// The words that CONTRIBUTING.md rules out, and what to write instead.
const words = [
  [/\be-mails?\b/i, 'email'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\brest(?:s|ed)? (?:in|on|at|encrypted)\b/i, 'is stored in'],
  [/\bcom(?:e|es|ing) to an end\b|\bcame to an end\b/i, 'expires, ends'],
  [/\boverrul(?:e|es|ed|ing)\b/i, 'overrides, takes precedence over'],
  [/\bcounts? (?:for more|as none)\b/i, 'takes precedence over; is ignored'],
  [/\bin vain\b/i, 'without effect'],
  [/\bwho(?:ever|mever|soever)\b/i, 'anyone who; name the person'],
  [/\b(?:the|a|this|whole|own|old|new) houses?\b|\bhouse rules?\b/i, 'source, layout'],
  [/\b(?:a|the|its|each|every|other|own) rooms?\b|\brooms of\b/i, 'layer, module, folder'],
  [/\bonce and for all\b/i, 'permanently'],
  [/\b(?:is|are|was|were) taken for\b|\btakes? (?:it|this|that|\w+) for an?\b/i, 'is treated as'],
  [/\bwhat is asked (?:with|of)\b/i, 'name it'],
  [/(?<!terms )\bof use\b/i, 'useful'],
  [/\bmerely\b/i, 'only'],
  [
    /\b(?:hence|thereby|whereby|thereof|whereof|herewith|heed|heeds|heeded|lest|ere|likewise|henceforth)\b/i,
    'plain words',
  ],
  [/\bgo(?:es)? without an?\b/i, 'works without'],
  [/\bno more than\b.*\bno less\b/i, 'exactly'],
]

const questionWords = /^(?:Who|Whom|Whose|What|Whatever)\b/

/**
 * Returns what is not plain English in a text, each as a short sentence.
 * @param {string} text
 * @returns {string[]}
 */
export function findings(text) {
  const byWord = words.flatMap(([pattern, instead]) => {
    const [found] = pattern.exec(text) ?? []
    return found === undefined ? [] : [`"${found}": write ${instead}`]
  })
  const bySentence = sentences(text)
    .filter((sentence) => questionWords.test(sentence) && !sentence.endsWith('?'))
    .map((sentence) => `"${sentence.slice(0, 50)}" begins like a question: name the subject`)
  return [...byWord, ...bySentence]
}

function sentences(text) {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .split(/(?<=[.!?:;])\s+/)
}
