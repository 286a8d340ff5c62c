# layers: the rules of the house, from the sources' own lines: which room may include which, what
# stands in one place only, how long a file and a function may be.
#
# Every rule is tried on a sample that breaks it first: a rule that finds nothing there would find
# nothing anywhere.
use strict;
use warnings;

use Cwd qw(realpath);
use File::Basename qw(dirname);
use File::Find qw(find);
use Test::More;

use constant FILE_LINES_MAX     => 700;
use constant FUNCTION_LINES_MAX => 100;
use constant COLUMNS_MAX        => 100;

chdir realpath(dirname(__FILE__) . '/../..') or die "cannot go to the checkout: $!";

# A room may include itself and what stands below it.
my @rooms = qw(command app stack postgres record config loop cluster base);
my %may_include;
foreach my $i (0 .. $#rooms)
{
	$may_include{"src/$rooms[$i]"} = { map { $_ => 1 } @rooms[ $i .. $#rooms ] };
}
$may_include{'src'}           = { map { $_ => 1 } @rooms };
$may_include{'src/cluster'}   = { cluster => 1, base => 1 };
$may_include{'ui'}            = { ui => 1, cluster => 1, base => 1 };
$may_include{"src/$_"}->{ui}  = 1 foreach qw(command app);

# Headers of libraries, and of the system where that means something, by who may have them.
my @only = (
	[ qr{^(?:libpq-fe|libpq-events|postgres_ext|pg_config\w*)\.h$|^libpq/}, qr{^src/postgres/} ],
	[ qr{^yaml\.h$},                                  qr{^src/config/} ],
	[ qr{^jansson\.h$},                               qr{^src/record/} ],
	[ qr{^(?:n?curses|term|panel|menu|form)\.h$|^ncurses}, qr{^ui/(?:term\w*|theme)\.[ch]$} ],
	[ qr{^pthread\.h$},                               qr{^src/loop/(?:resolver|syncer)\.c$} ],
);

# cluster/ is pure: of the system's headers it may have those that touch nothing outside.
my $pure = qr{^(?:assert|float|inttypes|limits|math|stdarg|stdbool|stddef|stdint|stdio|stdlib|string)\.h$};

# Calls by who may make them; nobody where there is no place. PostgreSQL's that block are for
# nobody: no code of the program runs outside of the loop while a connection is open.
my @calls = (
	[ qr{clock_gettime|gettimeofday|timespec_get|time|clock}, qr{^src/base/clock\.c$} ],
	[ qr{system|popen},                                  undef ],
	[ qr{gets|strcpy|strcat|sprintf|vsprintf|strtok}, undef ],
	[ qr{PQexec\w*|PQconnectdb\w*|PQsetdb\w*|PQreset|PQcancel|PQfn|PQprepare|PQdescribe\w+}, undef ],
	# A command may wait before there is a loop; nothing that runs in it may.
	[ qr{sleep|usleep|nanosleep|clock_nanosleep},        qr{^src/command/} ],
);
my $impure_calls = qr{printf|fprintf|puts|putchar|fopen|fputs|getenv|exit|abort|rand|malloc|calloc|realloc};
my $allocating   = qr{mem_\w+};
my $set_up       = qr{^src/cluster/(?:model|latency)\.c$};

# Comments and texts are blanked, their newlines kept, so that lines still count.
sub code_of
{
	my ($text) = @_;
	my $blank = sub { (my $piece = shift) =~ s/[^\n]/ /g; $piece };

	$text =~ s{(/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')}{$blank->($1)}gse;
	return $text;
}

sub line_of
{
	my ($text, $offset) = @_;
	return 1 + (substr($text, 0, $offset) =~ tr/\n//);
}

sub complaints_about_includes
{
	my ($path, $text) = @_;
	my $room = dirname($path);
	my @complaints;

	while ($text =~ /^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]/mg)
	{
		my ($kind, $header) = ($1, $2);
		my $where = "$path:" . line_of($text, $-[0]);

		if ($kind eq '"')
		{
			my ($other) = $header =~ m{^(\w+)/};

			push @complaints, "$where: \"$header\" names no room" unless defined $other;
			push @complaints, "$where: $room may not include $other/"
			  if defined $other && !$may_include{$room}->{$other};
			next;
		}
		foreach my $rule (@only)
		{
			push @complaints, "$where: <$header> has no place here"
			  if $header =~ $rule->[0] && $path !~ $rule->[1];
		}
		push @complaints, "$where: <$header> is not pure"
		  if $room eq 'src/cluster' && $header !~ $pure;
	}
	return @complaints;
}

sub complaints_about_calls
{
	my ($path, $text) = @_;
	my $code = code_of($text);
	my @complaints;
	my $find = sub {
		my ($names, $why) = @_;
		while ($code =~ /(?<![\w.>])($names)\s*\(/g)
		{
			push @complaints, "$path:" . line_of($code, $-[0]) . ": $1() $why";
		}
	};

	foreach my $rule (@calls)
	{
		$find->($rule->[0], 'has no place here') unless defined $rule->[1] && $path =~ $rule->[1];
	}
	if ($path =~ m{^src/cluster/})
	{
		$find->($impure_calls, 'is not pure');
		$find->($allocating, 'allocates after set-up') unless $path =~ $set_up;
	}
	return @complaints;
}

# A function's body begins and ends with a brace in the first column, as .clang-format has it.
sub complaints_about_size
{
	my ($path, $text) = @_;
	my @lines = split /\n/, $text;
	my ($start, @complaints);

	push @complaints, "$path: " . @lines . ' lines' if @lines > FILE_LINES_MAX;
	foreach my $i (0 .. $#lines)
	{
		my $line = $lines[$i];

		utf8::decode($line);
		push @complaints, "$path:" . ($i + 1) . ': ' . length($line) . ' columns'
		  if length $line > COLUMNS_MAX && $path =~ /\.[ch]$/;
		$start = $i if $line eq '{';
		if ($line eq '}' && defined $start)
		{
			my $length = $i - $start + 1;

			push @complaints, "$path:" . ($start + 1) . ": a function of $length lines"
			  if $length > FUNCTION_LINES_MAX;
			undef $start;
		}
	}
	return @complaints;
}

# What the file is for is said before any code.
sub complaints_about_beginning
{
	my ($path, $text) = @_;
	my ($name) = $path =~ m{(\w+)\.[ch]$};

	return "$path: does not begin with what it is for" if $text !~ m{\A/\*\n \* \S};
	return () unless $path =~ /\.h$/;
	return $text =~ m{\n#ifndef (\w+_H)\n#define \1\n} ? () : "$path: has no include guard";
}

sub files_below
{
	my ($pattern, @folders) = @_;
	my @files;

	find({ no_chdir => 1, wanted => sub { push @files, $_ if -f && /$pattern/ } },
		grep { -d } @folders);
	return sort @files;
}

sub slurp
{
	my ($path) = @_;
	open my $file, '<', $path or die "cannot read $path: $!";
	local $/;
	return scalar <$file>;
}

sub refused
{
	my ($check, $path, $text, $complaint) = @_;
	my @complaints = $check->($path, $text);

	like(join("\n", @complaints), $complaint, "refused: $path: " . (split /\n/, $text)[0]);
}

sub taken
{
	my ($check, $path, $text) = @_;

	is_deeply([ $check->($path, $text) ], [], "taken: $path: " . (split /\n/, $text)[0]);
}

subtest 'the rules find what they are for' => sub {
	my $includes = \&complaints_about_includes;
	refused($includes, 'src/base/a.c', "\n#include \"cluster/lsn.h\"\n",
		qr{^src/base/a\.c:2: src/base may not include cluster/$});
	refused($includes, 'src/cluster/a.c',  '#include "loop/loop.h"',       qr{may not include loop/});
	refused($includes, 'src/loop/a.h',     ' # include "postgres/sql.h"',  qr{may not include postgres/});
	refused($includes, 'src/postgres/a.c', '#include "stack/stack.h"',     qr{may not include stack/});
	refused($includes, 'src/record/a.c',   '#include "postgres/sql.h"',    qr{may not include postgres/});
	refused($includes, 'src/app/a.c',      '#include "command/command.h"', qr{may not include command/});
	refused($includes, 'src/stack/a.c',    '#include "ui/view.h"',         qr{may not include ui/});
	refused($includes, "ui/a.c", "#include \"$_/x.h\"", qr{ui may not include $_/})
	  foreach qw(postgres stack loop config record app command);
	refused($includes, 'src/base/a.c',   '#include "str.h"',       qr{names no room});
	refused($includes, 'src/config/a.c', '#include <libpq-fe.h>',  qr{no place});
	refused($includes, 'src/record/a.c', '#include <yaml.h>',      qr{no place});
	refused($includes, 'src/config/a.c', '#include <jansson.h>',   qr{no place});
	refused($includes, 'ui/view.c',      '#include <curses.h>',    qr{no place});
	refused($includes, 'src/app/a.c',    '#include <ncurses.h>',   qr{no place});
	refused($includes, 'src/stack/a.c',  '#include <pthread.h>',   qr{no place});
	refused($includes, 'src/cluster/a.c', "#include <$_.h>", qr{not pure})
	  foreach qw(unistd time fcntl poll sys/socket);
	taken($includes, 'src/main.c',      '#include "command/command.h"');
	taken($includes, 'src/app/a.c',     '#include "ui/view.h"');
	taken($includes, 'src/cluster/a.c', "#include <stdint.h>\n#include \"base/str.h\"");
	taken($includes, 'ui/theme.h',      '#include <curses.h>');
	taken($includes, 'src/postgres/a.c', '#include <libpq-fe.h>');

	my $calls = \&complaints_about_calls;
	refused($calls, 'src/app/a.c', "x;\n    now = time(NULL);", qr{^src/app/a\.c:2: time\(\) });
	refused($calls, 'ui/a.c',          'clock_gettime(a, b);',  qr{clock_gettime\(\)});
	refused($calls, 'src/stack/a.c',   'if (system (a))',       qr{system\(\)});
	refused($calls, 'src/stack/a.c',   'f = popen(a, b);',      qr{popen\(\)});
	refused($calls, 'src/postgres/a.c', 'r = PQexecParams(c);', qr{PQexecParams\(\)});
	refused($calls, 'src/postgres/a.c', 'c = PQconnectdb(s);',  qr{PQconnectdb\(\)});
	refused($calls, 'src/base/a.c',    'strcpy(a, b);',         qr{strcpy\(\)});
	refused($calls, 'src/base/a.c',    'usleep(1);',            qr{usleep\(\)});
	refused($calls, 'src/cluster/a.c', 'p = mem_calloc(1, 2);', qr{allocates});
	refused($calls, 'src/cluster/a.c', 'printf("x");',          qr{not pure});
	taken($calls, 'src/app/a.c',
		"/* time(NULL) */ s = \"system(1)\"; c = '\"'; uptime(1); a->time(2); run_system(3);");
	taken($calls, 'src/base/clock.c',    'clock_gettime(a, b);');
	taken($calls, 'src/cluster/a.c',     'snprintf(a, 1, "x");');
	taken($calls, 'src/cluster/model.c', 'p = mem_calloc(1, 2);');

	my $size = \&complaints_about_size;
	refused($size, 'src/a.c', "int f(void)\n{\n" . "    ;\n" x 99 . "}\n",
		qr{^src/a\.c:2: a function of 101 lines$});
	taken($size, 'src/a.c', "int f(void)\n{\n" . "    ;\n" x 98 . "}\n");
	refused($size, 'src/a.c', "\n" x 700 . "x\n",     qr{^src/a\.c: 701 lines$});
	refused($size, 'src/a.c', "\n" . ' ' x 100 . 'x', qr{^src/a\.c:2: 101 columns$});
	taken($size, 'src/a.c', "\xC3\xA9" x 100);

	my $beginning = \&complaints_about_beginning;
	my $comment = "/*\n * a: of use.\n */\n";
	refused($beginning, 'src/base/a.c', "#include <a.h>\n", qr{what it is for});
	refused($beginning, 'src/base/a.h', $comment, qr{no include guard});
	refused($beginning, 'src/base/a.h', "$comment#ifndef A_H\n#define B_H\n", qr{no include guard});
	taken($beginning, 'src/base/a.c', $comment);
	taken($beginning, 'src/base/a.h', "$comment#ifndef A_H\n#define A_H\n");
};

my @program = files_below(qr/\.[ch]$/, 'src', 'ui');
my @tests_c = files_below(qr/\.[ch]$/, 'tests');
my @scripts = files_below(qr/\.(?:t|pm|pl|sh|py)$/, 'tests', 'scripts', 'primary', 'replica-one',
	'replica-two');

cmp_ok(scalar @program, '>', 50, 'the sources are there');
is_deeply([ grep { !exists $may_include{ dirname($_) } } @program ], [], 'no file outside of a room');

sub holds
{
	my ($what, $check, @files) = @_;
	my @complaints = map { $check->($_, slurp($_)) } @files;

	ok(!@complaints, $what) or diag(join "\n", @complaints);
}

holds('includes go downwards only',        \&complaints_about_includes,  @program);
holds('calls stand where they may',        \&complaints_about_calls,     @program);
holds('no file and no function too long',  \&complaints_about_size, @program, @tests_c, @scripts);
holds('each file says first what it is for', \&complaints_about_beginning, @program, @tests_c);
is_deeply(
	[ map { grep { /: (?:system|popen)\(\)/ } complaints_about_calls($_, slurp($_)) } @tests_c ],
	[], 'no shell in the tests\' C either');

done_testing();
