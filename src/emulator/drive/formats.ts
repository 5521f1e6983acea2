const google = 'application/vnd.google-apps.'
const office = 'application/vnd.openxmlformats-officedocument.'
const openDocument = 'vnd.oasis.opendocument.'

/** The types that Drive converts, by the kind of Google document they become. `NAME`s expand by `expanded`. */
const imports = {
  document:
    'text/html text/markdown text/plain text/richtext text/rtf text/x-markdown application/msword application/pdf application/rtf application/vnd.ms-word.document.macroenabled.12 application/vnd.ms-word.template.macroenabled.12 application/vnd.sun.xml.writer image/bmp image/gif image/jpeg image/jpg image/pjpeg image/png image/x-bmp image/x-png office:wordprocessingml.document office:wordprocessingml.template open:text x-open:text',
  spreadsheet:
    'text/comma-separated-values text/csv text/tab-separated-values application/vnd.ms-excel application/vnd.ms-excel.sheet.macroenabled.12 application/vnd.ms-excel.template.macroenabled.12 office:spreadsheetml.sheet office:spreadsheetml.template open:spreadsheet x-open:spreadsheet',
  presentation:
    'application/vnd.ms-powerpoint application/vnd.ms-powerpoint.presentation.macroenabled.12 application/vnd.ms-powerpoint.slideshow.macroenabled.12 application/vnd.ms-powerpoint.template.macroenabled.12 office:presentationml.presentation office:presentationml.slideshow office:presentationml.template open:presentation x-open:presentation',
  drawing: 'application/x-msmetafile',
  script: `${google}script+json ${google}script+text/plain`,
  vid: 'video/mp4 video/ogg video/quicktime video/webm',
}

/** The types that Drive exports, by the kind of Google document. */
const exports = {
  document:
    'application/rtf open:text text/html application/pdf text/x-markdown text/markdown application/epub+zip application/zip office:wordprocessingml.document text/plain',
  vid: 'video/mp4',
  spreadsheet:
    'x-open:spreadsheet text/tab-separated-values application/pdf office:spreadsheetml.sheet text/csv application/zip open:spreadsheet',
  jam: 'application/pdf',
  script: `${google}script+json`,
  presentation: 'open:presentation application/pdf office:presentationml.presentation text/plain',
  form: 'application/zip',
  drawing: 'image/svg+xml image/png application/pdf image/jpeg',
  site: 'text/plain',
  'mail-layout': 'text/plain',
}

const largest = { document: 10_485_760, spreadsheet: 104_857_600, presentation: 104_857_600, drawing: 2_097_152 }

const palette =
  'ac725e d06b64 f83a22 fa573c ff7537 ffad46 fad165 fbe983 b3dc6c 7bd148 16a765 42d692 92e1c0 9fe1e7 9fc6e7 4986e7 9a9cff b99aff a47ae2 cd74e6 f691b2 cca6ac cabdbf 8f8f8f'

const themes =
  'abacus ea6100 blueprints 4285f4 bok_choy 689f38 books 4285f4 bread ef6c00 bubbles_color f06292 circuit 039be5 clams e91e63 clovers 689f38 cocktails db4437 concert ef6c00 desk 607d8b donut_coffee f06292 fabric_rolls 78909c flags 009688 flower_field e06055 flowers 689f38 glass 0f9d58 lighthouse 4285f4 maps 8d6e63 mountains 5c6bc0 notebook 689f38 paper_colored 9c27b0 pencils 0097a7 roofing_metal 039be5 sticky_notes 0097a7 table 8d6e63 travel 039be5 waves ff5722 waves_blue 5c6bc0 wood 8d6e63'

const expanded = (types: string): readonly string[] =>
  types.split(' ').map((type) => {
    const [, prefix, name] = /^(office|open|x-open):(.+)$/.exec(type) ?? []
    if (name === undefined) return type
    if (prefix === 'office') return office + name
    return `application/${prefix === 'x-open' ? 'x-' : ''}${openDocument}${name}`
  })

/** Returns the members of `about.get` that are the same for every account (evidence B9). */
export function driveFormats(): Readonly<Record<string, unknown>> {
  const importPairs = Object.entries(imports).flatMap(([kind, types]) =>
    expanded(types).map((type) => [type, [google + kind]] as const),
  )
  const exportPairs = Object.entries(exports).map(([kind, types]) => [google + kind, expanded(types)] as const)
  const words = themes.split(' ')
  const driveThemes = words.flatMap((id, index) =>
    index % 2 === 0
      ? [
          {
            id,
            backgroundImageLink: `https://ssl.gstatic.com/team_drive_themes/${id}_background.jpg`,
            colorRgb: `#${words[index + 1]}`,
          },
        ]
      : [],
  )
  return {
    importFormats: Object.fromEntries(importPairs),
    exportFormats: Object.fromEntries(exportPairs),
    maxImportSizes: Object.fromEntries(Object.entries(largest).map(([kind, size]) => [google + kind, String(size)])),
    folderColorPalette: palette.split(' ').map((color) => `#${color}`),
    driveThemes,
  }
}
