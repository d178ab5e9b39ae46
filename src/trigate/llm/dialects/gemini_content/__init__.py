"""Google's Gemini: generateContent and streamGenerateContent."""
