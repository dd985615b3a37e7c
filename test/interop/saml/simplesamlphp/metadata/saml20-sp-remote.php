<?php
// Read by SimpleSAMLphp's own parser from what the gateway publishes.
$text = file_get_contents(getenv('TEST_FOLDER') . '/sp.xml');
$parsed = \SimpleSAML\Metadata\SAMLParser::parseString($text);
$metadata[$parsed->getEntityId()] = $parsed->getMetadata20SP();
