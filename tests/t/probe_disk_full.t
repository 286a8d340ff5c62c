# The probe on a server whose disk is full: a small tmpfs, so that only root can run this. A table that
# cannot grow fails commits that are then made again; a full pg_wal takes the server down.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp ();
use IPC::Run ();
use JSON::PP ();
use Test::More;
use Time::HiRes ();

plan skip_all => 'only root can mount a small tmpfs' if $> != 0;

my $folder = File::Temp::tempdir('pgwatch-full-XXXXXX', TMPDIR => 1);
chmod 0755, $folder;
my ($bindir) = sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } glob '/usr/lib/postgresql/*/bin';
my $program = $ENV{PGWATCH_TUI} // dirname(__FILE__) . '/../../pgwatch-tui';
my ($mounted, $started, $watch);

END
{
	local $?;
	$watch->kill_kill if $watch;
	as_server("$bindir/pg_ctl", '-D', "$folder/data", '-m', 'immediate', '-w', 'stop') if $started;
	system 'umount', $_ for grep { -d } map { "$folder/$_" } $mounted ? qw(small wal) : ();
	system 'rm', '-rf', $folder if defined $folder;
}

sub run_quietly
{
	my $output = '';
	IPC::Run::run([@_], '<', \undef, '>&', \$output);
	return ($? == 0, $output);
}

sub as_server
{
	return run_quietly('runuser', '-u', 'postgres', '--', @_);
}

sub must
{
	my ($done, $output) = as_server(@_);
	$done or die "@_: $output\n";
	return $output;
}

for my $name ('small', 'wal')
{
	mkdir "$folder/$name";
	my $size = $name eq 'small' ? '1m' : '64m';
	my ($done, $why) = run_quietly('mount', '-t', 'tmpfs', '-o', "size=$size,mode=0700,uid="
		. (getpwnam 'postgres')[2], 'tmpfs', "$folder/$name");
	if (!$done)
	{
		chomp $why;
		plan skip_all => "a tmpfs cannot be mounted here: $why";
	}
	$mounted = 1;
}

sub sql
{
	my ($sql) = @_;
	my ($done, $out) = as_server("$bindir/psql", '-XAtq', '-h', $folder, '-p', 5999, '-d', 'postgres', '-c', $sql);
	return $done ? $out =~ s/\n\z//r : undef;
}

mkdir "$folder/data";
mkdir "$folder/run";
chown((getpwnam 'postgres')[ 2, 3 ], $folder, "$folder/data", "$folder/run");
must("$bindir/initdb", '-D', "$folder/data", '-A', 'trust', '--no-sync', '-X', "$folder/wal/pg_wal");
open my $conf, '>>', "$folder/data/postgresql.conf" or die;
print $conf "listen_addresses = ''\nunix_socket_directories = '$folder'\nport = 5999\nautovacuum = off\n"
  . "max_wal_size = 40MB\nmin_wal_size = 32MB\nfsync = off\n";
close $conf;
must("$bindir/pg_ctl", '-D', "$folder/data", '-l', "$folder/log", '-w', 'start');
$started = 1;

open my $file, '>', "$folder/one.yaml" or die;
print $file "cluster: test\nlab: true\nconnection: {user: postgres, dbname: postgres}\n"
  . "poll: {interval: 200ms, timeout: 3s}\nprobe: {interval: 100ms, levels: [local]}\n"
  . "nodes:\n  - {name: p, host: $folder, port: 5999}\n";
close $file;

my ($out, $err) = ('', '');

# The newest object for which it holds.
sub until_seen
{
	my ($what, $holds) = @_;
	my $deadline = Time::HiRes::time() + 40;
	my $last = '';

	while (Time::HiRes::time() < $deadline)
	{
		eval { $watch->pump_nb };
		while ($out =~ s/^([^\n]*)\n//)
		{
			$last = $1;
			my $data = JSON::PP::decode_json($last);
			next if !$holds->($data->{commit_latency_ms}{local}, $data);
			pass($what);
			return $data->{commit_latency_ms}{local};
		}
		Time::HiRes::sleep(0.02);
	}
	fail("$what: not in time");
	diag($last, $err);
	return;
}

$watch = IPC::Run::start([ $program, 'status', '--watch', '--json', "$folder/one.yaml" ], '>', \$out, '2>', \$err);
until_seen('it works', sub { $_[0]{outcomes}{acknowledged} > 3 });

# The table where it cannot grow.
sql("CREATE TABLESPACE small LOCATION '$folder/small'");
ok(defined sql('ALTER TABLE pgwatch_tui.probe SET TABLESPACE small'), 'the table is on the small disk');
my $filler = "$folder/small/filler";
run_quietly('dd', 'if=/dev/zero', "of=$filler", 'bs=4096');
my $failed = until_seen('commits fail', sub { $_[0]{outcomes}{failed} >= 3 });
is($failed->{state}, 'works', 'it goes on trying');
ok(!defined $failed->{blocked_for}, 'that is no wait for standbys');
is($failed->{outcomes}{unknown}, 0, 'what became of them is known');
unlink $filler;
until_seen('room again: acknowledged again',
	sub { $_[0]{outcomes}{acknowledged} > $failed->{outcomes}{acknowledged} + 3 });

# pg_wal: the server gives up.
run_quietly('dd', 'if=/dev/zero', "of=$folder/wal/filler", 'bs=4096');
sql('CREATE TABLE filling AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 100000) i');
my $off = until_seen('the server is gone: off', sub { $_[0]{state} eq 'off' });
cmp_ok($off->{outcomes}{unknown}, '<=', 1, 'of the one under way it is not known');
until_seen('no figures of now', sub { !defined $_[0]{last} });
unlink "$folder/wal/filler";
as_server("$bindir/pg_ctl", '-D', "$folder/data", '-m', 'immediate', '-w', 'stop');
must("$bindir/pg_ctl", '-D', "$folder/data", '-l', "$folder/log", '-w', 'start');
until_seen('started again: acknowledged again',
	sub { $_[0]{outcomes}{acknowledged} > $off->{outcomes}{acknowledged} + 3 });
is($err, '', 'nothing on stderr');
done_testing();
