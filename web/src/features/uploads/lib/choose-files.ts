/** Opens the system's file dialog. The input never enters the page, so there is nothing to style or to label. */
export function chooseFiles(chosen: (files: File[]) => void): void {
  open(true, chosen)
}

export function chooseFile(chosen: (file: File) => void): void {
  open(false, ([file]) => file && chosen(file))
}

function open(multiple: boolean, chosen: (files: File[]) => void): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = multiple
  input.onchange = () => chosen([...(input.files ?? [])])
  input.click()
}
