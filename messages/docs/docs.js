// Starts Swagger UI; a file of its own, since our Content-Security-Policy allows no inline script.
'use strict';
if (window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#docs',
    validatorUrl: null,  // it would send the document elsewhere
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
    deepLinking: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
  });
}
