<?php
$people = json_decode(file_get_contents(getenv('TEST_FOLDER') . '/people.json'), true);
$config = ['people' => ['exampleauth:UserPass']];
foreach ($people as $person) {
    $config['people'][$person['email'] . ':' . $person['password']] = [
        'mail' => [$person['email']],
        'displayName' => [$person['name']],
        'groups' => $person['groups'] ?? [],
    ];
}
