<?php
$request = curl_init('https://accounts.google.com/.well-known/openid-configuration');
curl_setopt($request, CURLOPT_RETURNTRANSFER, true);
echo json_decode(curl_exec($request))->issuer, "\n";
