/* SPDX-License-Identifier: Apache-2.0 */
/* --format's templates: what was printed here by hand was compared with what Go prints. */
#include "support.h"

#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "cli/format/columns.h"
#include "cli/format/format.h"
#include "cli/format/template.h"

static const char document[] =
    "{\"Name\":\"/web\",\"Id\":\"0123456789abcdef\",\"Size\":1024,\"Ratio\":0.5,\"On\":true,"
    "\"Off\":false,\"None\":null,"
    "\"State\":{\"Status\":\"running\",\"Pid\":42},"
    "\"Config\":{\"Env\":[\"A=1\",\"B=2\"],\"Cmd\":[\"sh\",\"-c\",\"x\"],"
    "\"Labels\":{\"b\":\"two\",\"a\":\"one\",\"com.x/y\":\"z\"}},"
    "\"HostConfig\":{\"Binds\":null,\"Annotations\":null},"
    "\"NetworkSettings\":{\"Networks\":{\"none\":{\"IPAddress\":\"\"},"
    "\"bridge\":{\"IPAddress\":\"172.17.0.2\"}}}}";

static int label(const void *arg, const char *name, const json_t *args, json_t **ret,
		 struct err *err)
{
	if (strcmp(name, "Label") != 0)
		return 1;
	if (json_array_size(args) != 1)
		return err_invalid(err, "one argument");
	*ret = json_incref(json_array_get(args, 0));
	return 0;
}

static const struct template_env env = { .shape = format_inspect_shape,
					 .omitted = format_inspect_omitted,
					 .method = label };

static int run(const char *text, struct buf *out, struct err *err)
{
	json_t *data cleanup_json = json_loads(document, 0, NULL);
	struct template *t cleanup_template = NULL;
	int r = template_parse(text, &t, err);

	assert_non_null(data);
	return r < 0 ? r : template_execute(t, data, &env, out, err);
}

static void gives(const char *text, const char *expected)
{
	struct buf out cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);
	struct err err = { 0 };

	if (run(text, &out, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	if (strcmp(buf_str(&out), expected) != 0)
		fail_msg("%s\n  gave     [%s]\n  expected [%s]", text, buf_str(&out), expected);
}

static void fails(const char *text, const char *expected)
{
	struct buf out cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);
	struct err err = { 0 };

	if (run(text, &out, &err) >= 0)
		fail_msg("%s gave [%s] instead of an error", text, buf_str(&out));
	assert_string_equal(err.text, expected);
	assert_int_equal(err.class, ERR_INVALID);
}

static void fields(void **state)
{
	gives("", "");
	gives("plain } text", "plain } text");
	gives("{{.Name}}", "/web");
	gives("{{.State.Status}} {{.State.Pid}}", "running 42");
	gives("{{(.State).Status}}{{($).Name}}{{$.Name}}{{$.State.Pid}}", "running/web/web42");
	gives("{{.On}} {{.Off}} {{.Ratio}} {{.None}}", "true false 0.5 <nil>");
	gives("{{.State}}", "map[Pid:42 Status:running]");
	gives("{{.Config.Cmd}} {{.HostConfig.Binds}}", "[sh -c x] []");
	gives("{{.Config.Labels}} {{.HostConfig.Annotations}}", "map[a:one b:two com.x/y:z] map[]");
	gives("{{.Config.Labels.a}} {{.Config.Labels.missing}}", "one <no value>");
	gives("{{.HostConfig.Annotations.missing}}", "<no value>");
	gives("{{.ID}}{{.State.PID}} {{.Config.Labels.A}}", "0123456789abcdef42 <no value>");
	fails("{{.name}}",
	      "template: :1:2: executing \"\" at <.name>: map has no entry for key \"name\"");
	fails("{{.Foo}}",
	      "template: :1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\"");
	fails("a\n b {{.State.Foo}}",
	      "template: :2:11: executing \"\" at <.State.Foo>: map has no entry for key \"Foo\"");
	fails("{{.Name.X}}",
	      "template: :1:7: executing \"\" at <.Name.X>: can't evaluate field X in type string");
	fails("{{.None.X}}",
	      "template: :1:7: executing \"\" at <.None.X>: nil data; no entry for key \"X\"");
	fails("{{.NetworkSettings.Networks.x.IPAddress}}",
	      "template: :1:18: executing \"\" at <.NetworkSettings.Net...>: nil data; no entry "
	      "for key \"IPAddress\"");
}

/* Docker's types have them always, JSON leaves them out. */
static void omitted(void **state)
{
	gives(
	    "{{if .State.Health}}{{.State.Health.Status}}{{end}}{{with .State}}{{.Health}}{{end}}",
	    "<nil>");
	gives("{{.HostConfig.Tmpfs}} {{.HostConfig.Mounts}} {{.HostConfig.Init}}",
	      "map[] [] <nil>");
	gives("{{len .HostConfig.Sysctls}} {{range .Config.ExposedPorts}}x{{else}}none{{end}}",
	      "0 none");
	gives("[{{.Config.StopSignal}}] {{.Config.Healthcheck}} {{.SizeRw}}", "[] <nil> <nil>");
	gives("{{.HostConfig.Tmpfs.missing}}", "<no value>");
	gives("{{json .State}}", "{\"Status\":\"running\",\"Pid\":42}");
	fails("{{.Health}}",
	      "template: :1:2: executing \"\" at <.Health>: map has no entry for key \"Health\"");
	fails("{{.State.Health.Status}}",
	      "template: :1:8: executing \"\" at <.State.Health.Status>: nil data; no entry for "
	      "key \"Status\"");
}

static void constants(void **state)
{
	gives("{{\"a\\tb\\x41\\u00e9\\101\"}}{{`raw\\n`}}", "a\tbA\xc3\xa9"
							    "Araw\\n");
	gives("{{'a'}} {{'\\n'}} {{'\\''}}", "97 10 39");
	gives("{{1}} {{-3}} {{+4}} {{0x1F}} {{017}} {{0o17}} {{0b101}} {{1_000}}",
	      "1 -3 4 31 15 15 5 1000");
	gives("{{1.5}} {{1e30}} {{.5}} {{1e3}} {{true}}", "1.5 1e+30 0.5 1000 true");
	fails("{{\"abc}}", "template: :1: unterminated quoted string");
	fails("{{`abc}}", "template: :1: unterminated raw quoted string");
	fails("{{'ab'}}", "template: :1: invalid syntax: 'ab'");
	fails("{{12x}}", "template: :1: bad number syntax: 12x");
	gives("{{9223372036854775807}} {{-9223372036854775808}}",
	      "9223372036854775807 -9223372036854775808");
	fails("{{9223372036854775808}}", "template: :1: integer overflow: 9223372036854775808");
	fails("{{0x1FFFFFFFFFFFFFFFF}}", "template: :1: integer overflow: 0x1FFFFFFFFFFFFFFFF");
	fails("{{nil}}", "template: :1:2: executing \"\" at <nil>: nil is not a command");
	fails("{{\"x\".Foo}}", "template: :1: unexpected . after term \"\"x\"\"");
}

static void control(void **state)
{
	gives("{{if .On}}y{{else}}n{{end}}{{if .Off}}y{{else}}n{{end}}", "yn");
	gives("{{if .Off}}a{{else if eq .Name \"/web\"}}b{{else}}c{{end}}", "b");
	gives("{{if .Off}}a{{else if .None}}b{{else}}c{{end}}", "c");
	gives("{{with .State}}{{.Pid}}{{end}}{{with .None}}x{{else}}{{.Name}}{{end}}", "42/web");
	gives("{{with $v := .State.Pid}}{{$v}}{{.}}{{end}}", "4242");
	gives("{{with .None}}a{{else with .State}}{{.Pid}}{{end}}", "42");
	gives("{{range .Config.Env}}[{{.}}]{{end}}", "[A=1][B=2]");
	gives("{{range $i, $e := .Config.Env}}{{$i}}:{{$e}} {{end}}", "0:A=1 1:B=2 ");
	gives("{{range $k, $v := .NetworkSettings.Networks}}{{$v.IPAddress}}{{end}}", "172.17.0.2");
	gives("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "a=one;b=two;com.x/y=z;");
	gives("{{range .HostConfig.Binds}}x{{else}}none{{end}}", "none");
	gives("{{range 3}}{{.}}{{end}}", "012");
	gives("{{range .Config.Cmd}}{{if eq . \"-c\"}}{{continue}}{{end}}{{.}}{{end}}", "shx");
	gives("{{range .Config.Cmd}}{{.}}{{break}}{{end}}", "sh");
	gives("{{$x := 1}}{{range .Config.Cmd}}{{$x = .}}{{end}}{{$x}}", "x");
	gives("{{$x := 1}}{{if .On}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21");
	gives("a  {{- 1 -}}  b", "a1b");
	gives("a {{/* note */}} b{{- /* note */ -}} c", "a  bc");
	fails("{{if .On}}", "template: :1: unexpected EOF");
	fails("{{end}}", "template: :1: unexpected {{end}}");
	fails("{{else}}", "template: :1: unexpected {{else}}");
	fails("{{break}}", "template: :1: {{break}} outside {{range}}");
	fails("{{if}}x{{end}}", "template: :1: missing value for command");
	fails("{{$x}}", "template: :1: undefined variable \"$x\"");
	fails("{{range .Name}}{{end}}", "template: :1:8: executing \"\" at <.Name>: range can't "
					"iterate over /web");
	fails("{{.Name", "template: :1: unclosed action");
	fails("{{(.Name}}", "template: :1: unclosed left paren");
	fails("{{.Name)}}", "template: :1: unexpected right paren");
	fails("{{/* x}}", "template: :1: unclosed comment");
	fails("{{.Name#}}", "template: :1: bad character '#'");
	fails("{{define \"x\"}}{{end}}", "template: :1: {{define}} is not supported");
	fails("{{template \"x\"}}", "template: :1: {{template}} is not supported");
}

static void functions(void **state)
{
	gives("{{len .Name}} {{len .Config.Env}} {{len .Config.Labels}} {{len .HostConfig.Binds}}",
	      "4 2 3 0");
	gives("{{index .Config.Env 1}} {{index .Config.Labels \"com.x/y\"}}", "B=2 z");
	gives("[{{index .Config.Labels \"none\"}}]", "[]");
	gives("{{(index .NetworkSettings.Networks \"bridge\").IPAddress}}", "172.17.0.2");
	gives("{{index . \"State\" \"Pid\"}}", "42");
	gives("{{json .Config.Env}} {{json .Name}} {{json .None}} {{json .Size}}",
	      "[\"A=1\",\"B=2\"] \"/web\" null 1024");
	gives("{{json .Config.Labels}}", "{\"a\":\"one\",\"b\":\"two\",\"com.x/y\":\"z\"}");
	gives("{{json \"<a>&\"}}", "\"<a>&\"");
	gives("{{join .Config.Cmd \" \"}}|{{join (split \"a,b\" \",\") \"-\"}}", "sh -c x|a-b");
	gives("{{split \"a,b,c\" \",\"}} {{split \"ab\" \"\"}} {{len (split \"\" \",\")}}",
	      "[a b c] [a b] 1");
	gives("{{upper \"a\xc3\xa9\"}} {{lower \"ABC\"}} {{title \"foo bar-baz\"}}",
	      "A\xc3\x89 abc Foo Bar-Baz");
	gives("{{eq .Size 1024}} {{eq .Name \"x\" \"/web\"}} {{ne .Name \"x\"}} {{eq .On true}}",
	      "true true true true");
	gives("{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge \"b\" \"a\"}} {{lt 1.5 2.5}}",
	      "true true false true true");
	gives("{{and 1 0}} {{and 1 2}} {{or 0 \"x\"}} {{or 0 \"\"}} {{not 1}}", "0 2 x  false");
	gives("{{or .On .Missing}}", "true");
	gives("{{slice .Id 0 12}} {{slice .Id 12}} {{slice .Config.Cmd 1}}",
	      "0123456789ab cdef [-c x]");
	gives("{{truncate \"abcdef\" 3}}|{{pad \"x\" 2 3}}|{{pad \"\" 2 3}}|", "abc|  x   ||");
	gives("{{.Name | printf \"%s-%s\" \"v\" | upper}}", "V-/WEB");
	gives("{{print 1 2 \"a\" \"b\" 3 4}}|{{println \"a\" 1}}", "1 2ab3 4|a 1\n");
	gives("{{.Label \"x\"}}", "x");
	gives("{{ \"x\" | .Label }}", "x");
	fails("{{foo .Name}}", "template: :1: function \"foo\" not defined");
	fails("{{html .Name}}", "template: :1: function \"html\" not defined");
	fails("{{index .Config.Env 5}}",
	      "template: :1:2: executing \"\" at <index .Config.Env 5>: error calling "
	      "index: index out of range: 5");
	fails("{{len 3}}",
	      "template: :1:2: executing \"\" at <len 3>: error calling len: len of type int");
	fails("{{eq 1 \"a\"}}", "template: :1:2: executing \"\" at <eq 1 \"a\">: error calling eq: "
				"incompatible types for comparison");
	fails("{{eq 1 1.0}}", "template: :1:2: executing \"\" at <eq 1 1.0>: error calling eq: "
			      "incompatible types for comparison");
	fails("{{upper 3}}", "template: :1:2: executing \"\" at <upper 3>: error calling upper: "
			     "wrong type for value; expected string; got int");
	fails("{{len}}", "template: :1:2: executing \"\" at <len>: wrong number of args for len: "
			 "want 1 got 0");
	fails("{{.Name \"x\"}}", "template: :1:2: executing \"\" at <.Name>: Name is not a method "
				 "but has arguments");
	fails("{{1 2}}", "template: :1:2: executing \"\" at <1>: can't give argument to "
			 "non-function 1");
	fails("{{\"a\" | nil}}", "template: :1: non executable command in pipeline stage 2");
}

static void formatted(void **state)
{
	gives("{{printf \"%05s|%-5s|%+d|% d|%x|%X|%08.3f|%e|%g\" \"ab\" \"cd\" 5 7 255 \"hi\" "
	      "3.14159 1500.0 1e21}}",
	      "000ab|cd   |+5| 7|ff|6869|0003.142|1.500000e+03|1e+21");
	gives("{{printf \"%q|%q|%c|%U|%t|%v|%s|%d\" \"a\\\"b\" 65 65 65 true nil 5 \"x\"}}",
	      "\"a\\\"b\"|'A'|A|U+0041|true|<nil>|%!s(int=5)|%!d(string=x)");
	gives(
	    "{{printf \"%d %d\" 1}}|{{printf \"%d\" 1 2}}|{{printf \"%z\" 3}}|{{printf \"100%\"}}",
	    "1 %!d(MISSING)|1%!(EXTRA int=2)|%!z(int=3)|100%!(NOVERB)");
	gives("{{printf \"%%\"}}|{{printf \"%*d\" 6 3}}|{{printf \"%[2]d %[1]d\" 3 4}}",
	      "%|     3|4 3");
	gives("{{printf \"%#x %#v %#v %#q %+q %b %o %#o %O\" 255 \"a\" 5 \"x\" \"\xc3\xa9\" 5 8 8 "
	      "8}}",
	      "0xff \"a\" 5 `x` \"\\u00e9\" 101 10 010 0o10");
	gives("{{printf \"%6.2s|%.1f|%5t|%T|%-4d|%04d\" \"abcdef\" 2.25 true 5 7 -7}}",
	      "    ab|2.2| true|int|7   |-007");
	gives("{{printf \"%v %q %d\" .Config.Env .Config.Env .Config.Env}}",
	      "[A=1 B=2] [\"A=1\" \"B=2\"] [%!d(string=A=1) %!d(string=B=2)]");
}

/* No template may take the machine's memory or its time. */
static void bounds(void **state)
{
	char deep[4096] = "";

	for (int i = 0; i < 200; i++)
		strcat(deep, "{{if 1}}");
	fails(deep, "template: :1: nested too deeply");
	memset(deep, 0, sizeof(deep));
	strcpy(deep, "{{");
	memset(deep + 2, '(', 1000);
	fails(deep, "template: :1: unclosed action");
	fails("{{range 100000}}{{range 100000}}{{end}}{{end}}",
	      "template: :1:18: executing \"\" at <range>: the template runs for too long");
	fails("{{range 1000000}}{{printf \"%100000d\" 1}}{{end}}",
	      "template: :1:19: executing \"\" at <printf>: the output is too long");
}

static void aligned(void **state)
{
	struct buf out cleanup_buf = BUF_INIT(4096);

	columns_align("A\tBB\tC\nlonger than ten\tb\tcc\n\xc3\xa9\tx\ty\n", 10, 3, &out);
	assert_string_equal(buf_str(&out), "A                 BB        C\n"
					   "longer than ten   b         cc\n"
					   "\xc3\xa9                 x         y\n");
	buf_clear(&out);
	columns_align("a\tb\nnone\nlonglonglong\tb", 4, 1, &out);
	assert_string_equal(buf_str(&out), "a   b\nnone\nlonglonglong b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),  cmocka_unit_test(omitted),	cmocka_unit_test(constants),
		cmocka_unit_test(control), cmocka_unit_test(functions), cmocka_unit_test(formatted),
		cmocka_unit_test(bounds),  cmocka_unit_test(aligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
