// Posts the message to the identity provider; without a script the button does.

document.querySelector('form[data-posts-itself]')?.submit()
