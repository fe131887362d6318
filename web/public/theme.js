// Runs before the first paint, so that a chosen theme never flashes; a file of its own, since inline scripts are barred.
try {
  const theme = localStorage.getItem('archivolt-theme')
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme
} catch {
  // Storage is switched off: the system's theme holds.
}
