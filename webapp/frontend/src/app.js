document.documentElement.dataset.ready = 'app';
