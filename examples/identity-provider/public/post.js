document.getElementById('carry').submit()
