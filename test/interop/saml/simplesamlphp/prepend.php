<?php
// PHP's own server speaks plain HTTP behind the test's TLS front, and has to be told what the browser sees.
$_SERVER['HTTPS'] = 'on';
$_SERVER['SERVER_PORT'] = getenv('TEST_FRONT_PORT');
