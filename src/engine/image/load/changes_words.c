/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/load/changes_words.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

enum { TEXT_MAX = 1 << 20 };

struct words {
	const json_t *config;
	const char *at;
	struct buf word;
	bool begun; /* "" is a word too when it was quoted */
	struct err *err;
};

static void words_free(struct words *w)
{
	buf_free(&w->word);
}

static const char *lookup(const json_t *config, const char *name, size_t len)
{
	json_t *env = json_object_get(config, "Env"), *item;
	size_t i;

	json_array_foreach (env, i, item) {
		const char *text = json_string_value(item);

		if (text && strncmp(text, name, len) == 0 && text[len] == '=')
			return text + len + 1;
	}
	return "";
}

/* At '$'. */
static int variable(struct words *w)
{
	bool braces = w->at[1] == '{';
	const char *name = w->at + 1 + braces;
	size_t len = 0;

	while (isalnum((unsigned char)name[len]) || name[len] == '_')
		len++;
	if (braces && (len == 0 || name[len] != '}'))
		return err_invalid(w->err, "\"%s\": only $NAME and ${NAME} are supported", w->at);
	if (len == 0) {
		buf_add_char(&w->word, '$');
		w->at++;
		return 0;
	}
	buf_add_str(&w->word, lookup(w->config, name, len));
	w->at = name + len + braces;
	return 0;
}

static int quoted(struct words *w)
{
	char quote = *w->at++;
	int r = 0;

	w->begun = true;
	while (r == 0 && *w->at && *w->at != quote) {
		if (quote == '"' && *w->at == '$') {
			r = variable(w);
			continue;
		}
		if (quote == '"' && *w->at == '\\' && w->at[1] && strchr("\"\\$", w->at[1]))
			w->at++;
		buf_add_char(&w->word, *w->at++);
	}
	if (r == 0 && *w->at++ != quote)
		return err_invalid(w->err, "a quote is not closed");
	return r;
}

static int end_word(struct words *w, struct strv *ret)
{
	if (w->word.failed)
		return err_invalid(w->err, "the instruction is too long");
	if ((w->begun || w->word.len > 0) && strv_add(ret, buf_str(&w->word)) < 0)
		return err_oom(w->err);
	buf_clear(&w->word);
	w->begun = false;
	return 0;
}

int change_words(const json_t *config, const char *text, struct strv *ret, struct err *err)
{
	struct words w cleanup_with(
	    words_free) = { .config = config, .at = text, .word = BUF_INIT(TEXT_MAX), .err = err };
	int r = 0;

	while (r == 0 && *w.at) {
		if (*w.at == ' ' || *w.at == '\t') {
			r = end_word(&w, ret);
			w.at++;
		} else if (*w.at == '"' || *w.at == '\'') {
			r = quoted(&w);
		} else if (*w.at == '$') {
			r = variable(&w);
		} else {
			if (*w.at == '\\' && w.at[1])
				w.at++;
			buf_add_char(&w.word, *w.at++);
		}
	}
	return r < 0 ? r : end_word(&w, ret);
}
