/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor_fixture.h"

#include <sched.h>
#include <sys/mount.h>

static struct fixture f;
static struct exit_record record;

static void parts(void **state)
{
	struct monitor_args in = MONITOR_ARGS_INIT, out;
	cleanup_strv struct strv argv = { 0 };
	struct err err;

	in.coracle = "/bin/coracle";
	in.root = "/r o";
	in.id = "id";
	in.run = UINT64_MAX;
	in.pid = 12;
	in.started_ns = -5;
	in.stdin_once = true;
	in.log = MONITOR_LOG_JSON_FILE;
	in.log_max_file = 3;
	in.run_fd = 3;
	in.log_fd = 4;
	in.lock_fd = 5;
	in.pidfd = 6;
	assert_ok(monitor_args_format(&in, &argv, &err), &err);
	assert_ok(monitor_args_parse((int)argv.count, argv.items, &out, &err), &err);
	assert_string_equal(out.root, "/r o");
	assert_true(out.run == UINT64_MAX && out.pid == 12 && out.started_ns == -5);
	assert_true(out.stdin_once && !out.adopt && !out.exec_id);
	assert_int_equal(out.log, MONITOR_LOG_JSON_FILE);
	assert_int_equal(out.stdout_fd, -1);
	assert_int_equal(out.pidfd, 6);
	assert_true(monitor_args_parse((int)argv.count - 1, argv.items + 1, &out, &err) < 0);
	assert_true(monitor_args_parse(2, (char *[]){ argv.items[0], (char[]){ "--pidfd=1" } },
				       &out, &err) < 0);
}

static void records(void **state)
{
	struct exit_record in = { .run = 3,
				  .status = 137,
				  .signal = 9,
				  .oom = true,
				  .started_ns = 5,
				  .finished_ns = INT64_MAX,
				  .log_lost = 4 };
	struct temp_dir t;
	struct err err;

	temp_dir_make(&t);
	assert_int_equal(record_read(t.fd, &record, &err), 1);
	assert_ok(record_write(t.fd, &in, &err), &err);
	assert_int_equal(record_read(t.fd, &record, &err), 0);
	assert_memory_equal(&record, &in, sizeof(in));
	put_file(t.fd, RECORD_FILE, "run 1\nfuture 3\nstatus 0\n");
	assert_int_equal(record_read(t.fd, &record, &err), 0);
	put_file(t.fd, RECORD_FILE, "run 1\n");
	assert_true(record_read(t.fd, &record, &err) < 0);
	put_file(t.fd, RECORD_FILE, "run 1\nstatus 256\n");
	assert_true(record_read(t.fd, &record, &err) < 0);
	temp_dir_remove(&t);
}

/* Each log line without its time; the time is checked for its shape. */
static void expect_log(const char *name, const char *expected)
{
	cleanup_buf struct buf text = BUF_INIT(1 << 20), got = BUF_INIT(1 << 20);
	char *line, *at;
	int64_t ns;

	fixture_read_file(&f, name, &text);
	at = text.data;
	while (at && (line = strsep(&at, "\n"))) {
		char *space = strchr(line, ' ');

		if (!*line)
			continue;
		assert_non_null(space);
		*space = '\0';
		assert_ok(time_parse(line, &ns, &f.err), &f.err);
		buf_add_str(&got, space + 1);
		buf_add_char(&got, '\n');
	}
	assert_string_equal(buf_str(&got), expected);
}

/* Shell: waits until the log has it, so that what follows is another chunk. */
#define LOGGED(text) "until grep -aqs '" text "' $DIR/log; do sleep 0.02; done;"

static void k8s_log_and_exit(void **state)
{
	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	fixture_fifos(&f, false);
	fixture_start(&f, "echo one; echo; printf 'a\\377b';" LOGGED("P a") "echo c;" LOGGED(
			      "F c") "echo bad >&2; exit 3");
	fixture_finish(&f, &record);
	expect_log("log", "stdout F one\nstdout F \nstdout P a\377b\nstdout F c\nstderr F bad\n");
	assert_int_equal(record.status, 3);
	assert_int_equal(record.signal, 0);
	assert_true(record.run == 7 && !record.oom && record.started_ns == f.args.started_ns);
	assert_true(record.finished_ns > record.started_ns);
	assert_non_null(strstr(get_file(f.dir.fd, "cleaned"), "internal cleanup cafe 7 /nowhere"));
	fixture_remove(&f);
}

static void json_log(void **state)
{
	cleanup_buf struct buf text = BUF_INIT(1 << 20);
	char *line, *next;
	static const char *const expected[] = {
		"{\"log\":\"q\\\"\\\\ \\u003c\\u0009\\n\",\"stream\":\"stdout\",\"time\":\"2",
		"{\"log\":\"\\ufffd\xc3\xa4\\n\",\"stream\":\"stdout\",\"time\":\"2",
		"{\"log\":\"part\",\"stream\":\"stdout\",\"time\":\"2",
		"{\"log\":\"\xe2\x82\xac\\ufffd\",\"stream\":\"stdout\",\"time\":\"2",
	};

	fixture_make(&f, MONITOR_LOG_JSON_FILE);
	fixture_fifos(&f, false);
	/* The euro sign comes in two writes; a sequence is cut off at the end for good. */
	fixture_start(&f,
		      "printf 'q\"\\\\ <\\t\\n'; printf '\\377\\303\\244\\n';" LOGGED(
			  "ufffd") "printf 'part\\342\\202';" LOGGED("part") "printf '\\254\\360'");
	fixture_finish(&f, &record);
	fixture_read_file(&f, "log", &text);
	line = text.data;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		next = strchr(line, '\n');
		assert_non_null(next);
		*next = '\0';
		if (i == 3) { /* may be one record or two */
			assert_non_null(strstr(line, "\"log\":\"\xe2\x82\xac"));
			assert_non_null(strstr(next + 1, "\\ufffd"));
			break;
		}
		assert_true(str_starts(line, expected[i]));
		line = next + 1;
	}
	fixture_remove(&f);
}

static void long_line(void **state)
{
	cleanup_buf struct buf text = BUF_INIT(1 << 20), joined = BUF_INIT(1 << 20);
	char *line, *at;

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	fixture_fifos(&f, false);
	fixture_start(&f, "head -c 100000 /dev/zero | tr '\\0' x; echo end");
	fixture_finish(&f, &record);
	fixture_read_file(&f, "log", &text);
	at = text.data;
	while (at && (line = strsep(&at, "\n"))) {
		const char *data;

		if (!*line)
			continue;
		data = strstr(line, "stdout ") + 7;
		assert_int_equal(*data, at && *at ? 'P' : 'F');
		assert_true(strlen(data + 2) <= 16384);
		buf_add_str(&joined, data + 2);
	}
	assert_int_equal(joined.len, 100003);
	assert_string_equal(joined.data + 100000, "end");
	fixture_remove(&f);
}

static void rotate_with(enum monitor_log kind)
{
	struct stat st;

	fixture_make(&f, kind);
	f.args.log_max_size = 20000;
	f.args.log_max_file = 3;
	fixture_fifos(&f, false);
	/* more than a chunk in the pipe at once */
	fixture_start(&f, "seq 1 20000; sleep 0.1; yes | head -n 8000");
	fixture_finish(&f, &record);
	assert_int_equal(fstatat(f.dir.fd, "log", &st, 0), 0);
	assert_int_equal(fstatat(f.dir.fd, "log.1", &st, 0), 0);
	/* by less than a record, however short the lines */
	assert_true(st.st_size >= 20000 && st.st_size < 20100);
	assert_int_equal(fstatat(f.dir.fd, "log.2", &st, 0), 0);
	assert_int_equal(fstatat(f.dir.fd, "log.3", &st, 0), -1);
	fixture_remove(&f);
}

static void rotation(void **state)
{
	rotate_with(MONITOR_LOG_K8S_FILE);
	rotate_with(MONITOR_LOG_JSON_FILE);
}

static void killed_by_signal(void **state)
{
	fixture_make(&f, MONITOR_LOG_NONE);
	fixture_fifos(&f, false);
	fixture_start(&f, "kill -9 $$");
	fixture_finish(&f, &record);
	assert_int_equal(record.status, 137);
	assert_int_equal(record.signal, 9);
	assert_int_equal(faccessat(f.dir.fd, "log", F_OK, 0), -1);
	fixture_remove(&f);
}

/* A grandchild keeps the pipe: the end is the process's, not the pipe's. */
static void grandchild_keeps_pipe(void **state)
{
	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	fixture_fifos(&f, false);
	fixture_start(&f, "sleep 3 & echo last; exit 0");
	fixture_finish(&f, &record);
	assert_true(record.finished_ns - record.started_ns < INT64_C(2000000000));
	expect_log("log", "stdout F last\n");
	fixture_remove(&f);
}

static void attach_input_and_exit(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(1 << 20);
	unsigned char type;
	char data[64];
	int fd;

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	f.args.stdin_once = f.args.wait_client = true;
	fixture_fifos(&f, true);
	fixture_listen(&f);
	fixture_start(&f, "echo early; cat; echo bye >&2; exit 5");
	fd = fixture_connect(&f, ATTACH_WANT_STDIN | ATTACH_WANT_STDOUT | ATTACH_WANT_STDERR);
	assert_int_equal(fixture_recv(fd, &type, data, sizeof(data)), 0);
	assert_int_equal(type, ATTACH_READY);
	assert_int_equal(send(fd, "Ihello\n", 7, 0), 7);
	assert_int_equal(send(fd, "E", 1, 0), 1);
	assert_int_equal(fixture_collect(fd, ATTACH_STDOUT, &out), 5);
	assert_string_equal(buf_str(&out), "early\nhello\n");
	assert_true(recv(fd, data, 1, 0) <= 0);
	close(fd);
	fixture_finish(&f, &record);
	expect_log("log", "stdout F early\nstdout F hello\nstderr F bye\n");
	fixture_remove(&f);
}

/* Its client is killed: the container's input ends, and it goes on. */
static void client_disappears(void **state)
{
	int fd;

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	f.args.stdin_once = true;
	fixture_fifos(&f, true);
	fixture_listen(&f);
	fixture_start(&f, "cat; echo on; exit 0");
	fd = fixture_connect(&f, ATTACH_WANT_STDIN | ATTACH_WANT_STDOUT);
	assert_int_equal(send(fd, "Ix\n", 3, 0), 3);
	close(fd);
	fixture_finish(&f, &record);
	expect_log("log", "stdout F x\nstdout F on\n");
	fixture_remove(&f);
}

/* Without stdin_once an input outlives its clients. */
static void input_stays_open(void **state)
{
	char data[64];
	unsigned char type;
	int fd;

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	fixture_fifos(&f, true);
	fixture_listen(&f);
	fixture_start(&f, "read a; read b; echo $a$b");
	fd = fixture_connect(&f, ATTACH_WANT_STDIN);
	assert_int_equal(send(fd, "I1\n", 3, 0), 3);
	assert_int_equal(send(fd, "E", 1, 0), 1);
	close(fd);
	fd = fixture_connect(&f, ATTACH_WANT_STDIN | ATTACH_WANT_STDOUT);
	assert_int_equal(fixture_recv(fd, &type, data, sizeof(data)), 0);
	assert_int_equal(send(fd, "I2\n", 3, 0), 3);
	assert_int_equal(fixture_recv(fd, &type, data, sizeof(data)), 3);
	assert_memory_equal(data, "12\n", 3);
	close(fd);
	fixture_finish(&f, &record);
	fixture_remove(&f);
}

static void much_input(void **state)
{
	static char packet[20001];
	char data[64];
	unsigned char type;
	int fd;

	fixture_make(&f, MONITOR_LOG_NONE);
	f.args.stdin_once = true;
	fixture_fifos(&f, true);
	fixture_listen(&f);
	fixture_start(&f, "sleep 0.3; wc -c");
	fd = fixture_connect(&f, ATTACH_WANT_STDIN | ATTACH_WANT_STDOUT);
	packet[0] = ATTACH_STDIN;
	for (int i = 0; i < 50; i++)
		assert_int_equal(send(fd, packet, sizeof(packet), 0), sizeof(packet));
	assert_int_equal(send(fd, "E", 1, 0), 1);
	assert_int_equal(fixture_recv(fd, &type, data, sizeof(data)), 0);
	assert_int_equal(fixture_recv(fd, &type, data, sizeof(data)), 8);
	assert_memory_equal(data, "1000000\n", 8);
	close(fd);
	fixture_finish(&f, &record);
	fixture_remove(&f);
}

#ifndef __SANITIZE_ADDRESS__
static long resident_kb(pid_t pid)
{
	char path[64], line[128];
	long kb = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	fclose(file);
	return kb;
}
#endif

/* The writer waits for the client, nothing is dropped, and the monitor stays small. */
static void slow_client(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(64 << 20);
	int fd;

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	f.args.wait_client = true;
	fixture_fifos(&f, false);
	fixture_listen(&f);
	fixture_start(&f, "seq 1 1000000; exit 4");
	fd = fixture_connect(&f, ATTACH_WANT_STDOUT);
	usleep(500000);
	assert_int_equal(record_read(f.dir.fd, &record, &f.err), 1);
#ifndef __SANITIZE_ADDRESS__
	assert_true(resident_kb(f.monitor) < 1500);
#endif
	assert_int_equal(fixture_collect(fd, ATTACH_STDOUT, &out), 4);
	assert_int_equal(out.len, 6888896);
	close(fd);
	fixture_finish(&f, &record);
	fixture_remove(&f);
}

/* The end does not wait for a client that reads nothing; it gets everything all the same. */
static void client_outlives_the_end(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(1 << 20);
	static char packet[ATTACH_PACKET_MAX];
	int fd, status;
	ssize_t n;

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	f.args.wait_client = true;
	fixture_fifos(&f, false);
	fixture_listen(&f);
	fixture_start(&f, "seq 1 40000; exit 6");
	fd = fixture_connect(&f, ATTACH_WANT_STDOUT);
	/* How much the socket holds depends on the packets' sizes: one is taken now and then, until
	 * the writer has got rid of everything; the monitor then ends at once. */
	while (waitpid(f.monitor, &status, WNOHANG) == 0) {
		usleep(20000);
		n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (n > 0 && packet[0] == ATTACH_STDOUT)
			buf_add(&out, packet + 1, (size_t)n - 1);
	}
	assert_int_equal(status, 0);
	assert_int_equal(record_read(f.dir.fd, &record, &f.err), 0);
	assert_int_equal(record.status, 6);
	assert_int_equal(fixture_collect(fd, ATTACH_STDOUT, &out), 6);
	assert_int_equal(out.len, 228894);
	assert_true(str_ends(buf_str(&out), "\n39999\n40000\n"));
	close(fd);
	while (waitpid(-1, NULL, 0) > 0) /* who served the client to the end */
		;
	fixture_remove(&f);
}

static void strangers_are_dropped(void **state)
{
	unsigned char type;
	char data[64];
	int fd;

	fixture_make(&f, MONITOR_LOG_NONE);
	fixture_fifos(&f, false);
	fixture_listen(&f);
	fixture_start(&f, "sleep 0.5");
	fd = fixture_connect(&f, 0);
	assert_int_equal(fixture_recv(fd, &type, data, sizeof(data)), 0);
	assert_int_equal(send(fd, "Ix", 2, 0), 2); /* had not asked for it */
	assert_true(recv(fd, data, sizeof(data), 0) <= 0);
	close(fd);
	fixture_finish(&f, &record);
	fixture_remove(&f);
}

static void terminal(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(1 << 20);
	char resize[5] = { ATTACH_RESIZE };
	uint16_t size[2] = { 33, 101 };
	unsigned char type;
	char data[64];
	int fd;

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	f.args.wait_client = true;
	fixture_terminal(&f);
	fixture_listen(&f);
	fixture_start(&f, "read x; stty size; echo got $x; exit 2");
	fd = fixture_connect(&f, ATTACH_WANT_STDIN | ATTACH_WANT_STDOUT);
	assert_int_equal(fixture_recv(fd, &type, data, sizeof(data)), 0);
	memcpy(resize + 1, size, sizeof(size));
	assert_int_equal(send(fd, resize, sizeof(resize), 0), sizeof(resize));
	assert_int_equal(send(fd, "Iyou\n", 5, 0), 5);
	assert_int_equal(fixture_collect(fd, ATTACH_STDOUT, &out), 2);
	assert_string_equal(buf_str(&out), "you\r\n33 101\r\ngot you\r\n");
	close(fd);
	fixture_finish(&f, &record);
	fixture_remove(&f);
}

/* A full disk costs log lines, not the container; no record is left in halves. */
static void full_disk(void **state)
{
	cleanup_buf struct buf text = BUF_INIT(1 << 20);
	cleanup_free char *small = NULL;
	cleanup_fd int fd = -1;

	need_real_kernel("mounts");
	need_privileges();
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	assert_true(asprintf(&small, "%s/small", f.dir.path) > 0);
	assert_int_equal(mkdir(small, 0700), 0);
	assert_int_equal(mount("none", small, "tmpfs", 0, "size=64k"), 0);
	fd = open(small, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f.args.log_fd = fd;
	fixture_fifos(&f, false);
	fixture_start(&f, "seq 100000; exit 3");
	fixture_finish(&f, &record);
	assert_int_equal(record.status, 3);
	assert_true(record.log_lost > 0);
	assert_ok(fd_read_file_at(fd, "log", text.max, &text, &f.err), &f.err);
	assert_true(text.len == 0 || text.data[text.len - 1] == '\n');
	close_fd(&fd);
	assert_int_equal(umount2(small, MNT_DETACH), 0);
	fixture_remove(&f);
}

/* Nobody has the terminal open for a while: what comes later is not lost, and nothing spins. */
static void terminal_reopened(void **state)
{
	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	fixture_terminal(&f);
	fixture_start(&f, "t=$(tty); exec 0<&- 1>&- 2>&-; sleep 0.5; echo again >$t");
	fixture_finish(&f, &record);
	expect_log("log", "stdout F again\r\n");
	fixture_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(records),
		cmocka_unit_test(k8s_log_and_exit),
		cmocka_unit_test(json_log),
		cmocka_unit_test(long_line),
		cmocka_unit_test(rotation),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(killed_by_signal),
		cmocka_unit_test(grandchild_keeps_pipe),
		cmocka_unit_test(attach_input_and_exit),
		cmocka_unit_test(client_disappears),
		cmocka_unit_test(input_stays_open),
		cmocka_unit_test(much_input),
		cmocka_unit_test(slow_client),
		cmocka_unit_test(client_outlives_the_end),
		cmocka_unit_test(strangers_are_dropped),
		cmocka_unit_test(terminal),
		cmocka_unit_test(terminal_reopened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
