# TestServers: what a test needs that starts real PostgreSQL servers.
#
#   use TestServers;                  # first: it may start the test anew as another user
#   my $node = PostgreSQL::Test::Cluster->new('primary');
#   run_command([ program(), 'status' ]);
#
# Servers refuse to run as root, so that a test that was started by root is started anew as postgres
# (a checkout that postgres cannot read is copied first, as far as tests need it). PostgreSQL::Test::*
# are found by pg_config and exported to the test; all that they write is in a folder under /tmp,
# which is kept when a test fails. The working directory is the checkout (or its copy), not writable.
package TestServers;

use strict;
use warnings;

use Cwd qw(realpath);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Spec;
use File::Temp ();
use POSIX ();
use Test::More;
use Time::HiRes ();

our @EXPORT = qw(preload program tool test_folder wait_until);

use constant SERVER_USER => 'postgres';

my ($folder, $checkout);

sub run_or_die
{
	my @command = @_;
	system(@command) == 0 or die "@command failed: $?\n";
}

# For good: real, effective and saved ids, and the user's own supplementary groups.
sub become_server_user
{
	my $name = SERVER_USER;
	my ($uid, $gid) = (getpwnam $name)[ 2, 3 ];
	my @groups = ($gid);

	defined $uid or die "there is no user $name to run servers as\n";
	while (my @group = getgrent)
	{
		push @groups, $group[2] if grep { $_ eq $name } split ' ', $group[3];
	}
	$) = join ' ', $gid, @groups;
	POSIX::setgid($gid) && POSIX::setuid($uid) or die "cannot become $name: $!\n";
}

# Asked in a child that is that user, because the permissions of all folders above count.
sub server_user_can_read
{
	my @paths = @_;
	my $child = fork() // die "cannot fork: $!\n";

	if ($child == 0)
	{
		my $all = eval {
			become_server_user();
			!grep { !-r || -d && !-x } @paths;
		};
		POSIX::_exit($all ? 0 : 1);
	}
	waitpid $child, 0;
	return $? == 0;
}

# The parts of the checkout that tests use, at the same places below $target.
sub copy_checkout
{
	my ($target) = @_;
	my @parts = grep { -e "$checkout/$_" }
	  qw(tests config scripts primary replica-one replica-two docker-compose.yml);

	run_or_die('mkdir', '-p', "$target/build/tests");
	run_or_die('cp', '-RL', (map { "$checkout/$_" } @parts), $target);
	run_or_die('cp', '-L', $ENV{PGWATCH_TUI}, "$target/pgwatch-tui") if -e $ENV{PGWATCH_TUI};
	run_or_die('cp', '-RL', (grep { -e } map { "$ENV{PGWATCH_BUILD}/tests/$_" } qw(tools preload)),
		"$target/build/tests") if -e "$ENV{PGWATCH_BUILD}/tests/tools";
	$ENV{PGWATCH_TUI}   = "$target/pgwatch-tui";
	$ENV{PGWATCH_BUILD} = "$target/build";
}

sub start_anew_as_server_user
{
	my $test = realpath($0);
	my @needed = grep { -e } $checkout, $test, "$checkout/tests/lib/TestServers.pm",
	  $ENV{PGWATCH_TUI}, "$ENV{PGWATCH_BUILD}/tests/tools";

	$folder = File::Temp::tempdir('pgwatch-test-XXXXXX', DIR => '/tmp');
	if (!server_user_can_read(@needed))
	{
		copy_checkout("$folder/checkout");
		$test =~ s/^\Q$checkout\E/$folder\/checkout/;
		$checkout = "$folder/checkout";
	}
	run_or_die('chown', '-R', SERVER_USER, $folder);
	become_server_user();
	$ENV{PGWATCH_TEST_FOLDER} = $folder;
	$ENV{PERL5LIB} = join ':', "$checkout/tests/lib", grep { defined } $ENV{PERL5LIB};
	exec { $^X } $^X, '-w', $test, @ARGV or die "cannot start $test: $!\n";
}

# Where initdb and the rest are; Debian has them beside the PATH.
sub find_postgres
{
	my ($pg_config) = grep { -x } map { "$_/pg_config" } split(/:/, $ENV{PATH}),
	  reverse sort glob '/usr/lib/postgresql/*/bin';
	my ($bindir, $pgxs);

	defined $pg_config or die "pg_config is not installed: run make deps\n";
	chomp($bindir = `'$pg_config' --bindir`);
	chomp($pgxs   = `'$pg_config' --pgxs`);
	return ($bindir, dirname($pgxs) . '/../..');
}

sub set_environment
{
	my ($bindir, $pgxs) = find_postgres();
	my $pg_regress = "$pgxs/src/test/regress/pg_regress";

	$ENV{PATH} = "$bindir:$ENV{PATH}";
	delete @ENV{ grep { /^LC_/ } keys %ENV };
	$ENV{LANG}   = 'C.UTF-8';
	$ENV{HOME}   = $folder;
	$ENV{TMPDIR} = $folder;
	$ENV{TESTDIR} = $folder;
	$ENV{TESTDATADIR} = "$folder/tmp_check"; # 16 and later
	$ENV{TESTLOGDIR} = "$folder/tmp_check/log";
	# Only used for what concerns Windows, and not packaged everywhere.
	$ENV{PG_REGRESS} = -x $pg_regress ? $pg_regress : '/bin/true';
	unshift @INC, "$pgxs/src/test/perl";
}

# The superuser is postgres whoever runs the tests; initdb would give it that user's name.
sub name_superuser
{
	my $init = PostgreSQL::Test::Cluster->can('init');

	$ENV{PGUSER} = SERVER_USER; # not earlier: PostgreSQL::Test::Utils takes it away
	no warnings 'redefine';
	*PostgreSQL::Test::Cluster::init = sub {
		my ($self, %more) = @_;
		$more{extra} = [ @{ $more{extra} // [] }, '--username=' . SERVER_USER ];
		return $self->$init(%more);
	};
}

sub set_up
{
	$checkout = realpath(dirname(__FILE__) . '/../..');
	$ENV{PGWATCH_TUI} = File::Spec->rel2abs($ENV{PGWATCH_TUI} // "$checkout/pgwatch-tui");
	$ENV{PGWATCH_BUILD} = File::Spec->rel2abs($ENV{PGWATCH_BUILD} // "$checkout/build");
	$folder = delete $ENV{PGWATCH_TEST_FOLDER};
	start_anew_as_server_user() if $> == 0;
	$folder //= File::Temp::tempdir('pgwatch-test-XXXXXX', DIR => '/tmp');
	chdir $checkout or die "cannot go to $checkout: $!\n";
	set_environment();
}

# Runs after the END of PostgreSQL::Test::Cluster, which stops the servers, because it is compiled
# before that.
END
{
	my $status = $?;

	if (defined $folder && -d $folder)
	{
		chdir '/';
		if ($status == 0 && PostgreSQL::Test::Utils::all_tests_passing())
		{
			remove_tree($folder);
		}
		else
		{
			diag("kept for you to look at: $folder");
		}
	}
	$? = $status;
}

BEGIN
{
	set_up();
	require PostgreSQL::Test::Utils;
	require PostgreSQL::Test::Cluster;
	name_superuser();
}

# The program under test.
sub program
{
	return $ENV{PGWATCH_TUI};
}

# A program of tests/tools.
sub tool
{
	my ($name) = @_;
	return "$ENV{PGWATCH_BUILD}/tests/tools/$name";
}

# A library of tests/preload, for LD_PRELOAD.
sub preload
{
	my ($name) = @_;
	return "$ENV{PGWATCH_BUILD}/tests/preload/$name.so";
}

# For files of the test; postgres may write there.
sub test_folder
{
	return $folder;
}

# Until the condition holds; false (and a failed test) when it does not within the time.
sub wait_until
{
	my ($what, $condition, $seconds) = @_;
	my $deadline = Time::HiRes::time() + ($seconds // $PostgreSQL::Test::Utils::timeout_default);

	until ($condition->())
	{
		if (Time::HiRes::time() > $deadline)
		{
			fail("$what: not in time");
			return 0;
		}
		Time::HiRes::sleep(0.02);
	}
	return 1;
}

1;
